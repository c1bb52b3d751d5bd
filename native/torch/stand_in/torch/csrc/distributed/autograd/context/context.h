// Stands in for a header that Debian's libtorch-dev lacks although c10d/reducer.hpp includes it. The reducer holds a pointer to
// this class and names one type of it; nothing here makes, copies or looks into one, so that no more need be known.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>

namespace torch::distributed::autograd {

class DistAutogradContext {
 public:
  using GradCallback = std::function<bool(at::Tensor&)>;
};

using ContextPtr = std::shared_ptr<DistAutogradContext>;

}  // namespace torch::distributed::autograd
