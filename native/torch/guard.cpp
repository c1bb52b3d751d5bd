#include "guard.h"

#include <atomic>
#include <string>

namespace {

thread_local std::string last_error;
std::atomic<int64_t> live_tensors{0};

}  // namespace

paa_tensor::paa_tensor(at::Tensor tensor) : value(std::move(tensor)) { live_tensors.fetch_add(1, std::memory_order_relaxed); }

paa_tensor::~paa_tensor() { live_tensors.fetch_sub(1, std::memory_order_relaxed); }

void paa::set_error(const char* message) noexcept {
  try {
    last_error = message;
  } catch (...) {
    last_error.clear();  // out of memory for the message: an empty one is all that is left
  }
}

int32_t paa_abi_version() { return PAA_TORCH_ABI; }

const char* paa_last_error() { return last_error.c_str(); }

int64_t paa_live_tensors() { return live_tensors.load(std::memory_order_relaxed); }
