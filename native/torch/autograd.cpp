// Gradients, gradient mode and autocast.
#include <ATen/autocast_mode.h>
#include <torch/version.h>

#include "guard.h"

int32_t paa_tensor_backward(const paa_tensor *tensor, const paa_tensor *gradient, uint8_t keep_graph) {
  return paa::guard([&] {
    paa::adopt_thread_count();
    tensor->value.backward(gradient ? gradient->value : at::Tensor(), keep_graph != 0);
  });
}

int32_t paa_tensor_set_requires_grad(const paa_tensor *tensor, uint8_t value) {
  return paa::guard([&] { tensor->value.set_requires_grad(value != 0); });
}

int32_t paa_tensor_gradient(const paa_tensor *tensor, paa_tensor **result) {
  return paa::guard([&] {
    const auto &gradient = tensor->value.grad();
    *result = gradient.defined() ? paa::own(gradient) : nullptr;
  });
}

int32_t paa_tensor_set_gradient(const paa_tensor *tensor, const paa_tensor *gradient) {
  return paa::guard([&] {
    const auto &t = tensor->value;
    if (gradient == nullptr) {
      t.mutable_grad().reset();
      return;
    }
    TORCH_CHECK(gradient->value.sizes() == t.sizes(), "a gradient of shape ", gradient->value.sizes(), " does not fit ", t.sizes());
    t.mutable_grad() = gradient->value;
  });
}

uint8_t paa_grad_mode() { return at::GradMode::is_enabled(); }

void paa_set_grad_mode(uint8_t enabled) { at::GradMode::set_enabled(enabled != 0); }

namespace {

// libtorch 2.4 made one set of functions for all device types of what had been one set a device.
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
bool autocast_enabled(c10::DeviceType device) { return at::autocast::is_autocast_enabled(device); }
at::ScalarType autocast_type(c10::DeviceType device) { return at::autocast::get_autocast_dtype(device); }
void set_autocast(c10::DeviceType device, bool enabled, at::ScalarType type) {
  at::autocast::set_autocast_enabled(device, enabled);
  at::autocast::set_autocast_dtype(device, type);
}
#else
bool autocast_enabled(c10::DeviceType device) {
  return device == c10::kCPU ? at::autocast::is_cpu_enabled() : at::autocast::is_enabled();
}
at::ScalarType autocast_type(c10::DeviceType device) {
  return device == c10::kCPU ? at::autocast::get_autocast_cpu_dtype() : at::autocast::get_autocast_gpu_dtype();
}
void set_autocast(c10::DeviceType device, bool enabled, at::ScalarType type) {
  if (device == c10::kCPU) {
    at::autocast::set_cpu_enabled(enabled);
    at::autocast::set_autocast_cpu_dtype(type);
  } else {
    at::autocast::set_enabled(enabled);
    at::autocast::set_autocast_gpu_dtype(type);
  }
}
#endif

c10::DeviceType autocast_device(int32_t type) {
  const auto device = static_cast<c10::DeviceType>(type);
  TORCH_CHECK(device == c10::kCPU || device == c10::kCUDA, "autocast is for the CPU and CUDA");
  return device;
}

}  // namespace

int32_t paa_autocast_begin(int32_t device_type, int32_t type, uint8_t *previous_enabled, int32_t *previous_type) {
  return paa::guard([&] {
    const auto device = autocast_device(device_type);
    *previous_enabled = autocast_enabled(device);
    *previous_type = static_cast<int32_t>(autocast_type(device));
    set_autocast(device, true, static_cast<at::ScalarType>(type));
    at::autocast::increment_nesting();
  });
}

int32_t paa_autocast_end(int32_t device_type, uint8_t previous_enabled, int32_t previous_type) {
  return paa::guard([&] {
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();  // the cast copies of weights
    set_autocast(autocast_device(device_type), previous_enabled != 0, static_cast<at::ScalarType>(previous_type));
  });
}
