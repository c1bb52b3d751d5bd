// Gradients and gradient mode.
#include "guard.h"

int32_t paa_tensor_backward(const paa_tensor* tensor, const paa_tensor* gradient, uint8_t keep_graph) {
  return paa::guard([&] {
    paa::adopt_thread_count();
    tensor->value.backward(gradient ? gradient->value : at::Tensor(), keep_graph != 0);
  });
}

int32_t paa_tensor_set_requires_grad(const paa_tensor* tensor, uint8_t value) {
  return paa::guard([&] { tensor->value.set_requires_grad(value != 0); });
}

int32_t paa_tensor_gradient(const paa_tensor* tensor, paa_tensor** result) {
  return paa::guard([&] {
    const auto& gradient = tensor->value.grad();
    *result = gradient.defined() ? paa::own(gradient) : nullptr;
  });
}

int32_t paa_tensor_set_gradient(const paa_tensor* tensor, const paa_tensor* gradient) {
  return paa::guard([&] {
    const auto& t = tensor->value;
    if (gradient == nullptr) {
      t.mutable_grad().reset();
      return;
    }
    TORCH_CHECK(gradient->value.sizes() == t.sizes(), "a gradient of shape ", gradient->value.sizes(), " does not fit ",
                t.sizes());
    t.mutable_grad() = gradient->value;
  });
}

uint8_t paa_grad_mode() { return at::GradMode::is_enabled(); }

void paa_set_grad_mode(uint8_t enabled) { at::GradMode::set_enabled(enabled != 0); }
