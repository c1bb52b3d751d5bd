// What the distributed sources share: the objects behind the ABI, and which parts of c10d this libtorch has.
#pragma once

#include "guard.h"

#if defined(USE_DISTRIBUTED) && defined(USE_C10D_GLOO) && __has_include(<gloo/config.h>)
#define PAA_HAS_GLOO
#endif
#if defined(USE_DISTRIBUTED) && defined(USE_C10D_NCCL) && __has_include(<nccl.h>)
#define PAA_HAS_NCCL
#endif
#if defined(PAA_HAS_GLOO) || defined(PAA_HAS_NCCL)
#define PAA_HAS_C10D
#endif

#ifdef PAA_HAS_C10D

#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>
#include <torch/csrc/distributed/c10d/Store.hpp>

struct paa_store {
  c10::intrusive_ptr<c10d::Store> value;
  int32_t port = 0;  // of a TCP store
};

struct paa_group {
  c10::intrusive_ptr<c10d::ProcessGroup> value;
  int32_t backend;
};

#endif

namespace paa {

[[noreturn]] inline void refuse_without_c10d() {
  TORCH_CHECK(false,
              "libpaa_torch was built without c10d: install libgloo-dev (or use a libtorch with distributed support) and run "
              "./build.sh build again");
}

}  // namespace paa
