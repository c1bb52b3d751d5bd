// Autocast: convolutions and matrix products in a 16-bit type.
#include "autocast.h"

#include <ATen/autocast_mode.h>
#include <torch/version.h>

#include "guard.h"

namespace {

// libtorch 2.4 made one set of functions for all device types of what had been one set a device.
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
at::ScalarType autocast_type(c10::DeviceType device) { return at::autocast::get_autocast_dtype(device); }
void set_autocast(c10::DeviceType device, bool enabled, at::ScalarType type) {
  at::autocast::set_autocast_dtype(device, type);
  at::autocast::set_autocast_enabled(device, enabled);
}
bool is_enabled(c10::DeviceType device) { return at::autocast::is_autocast_enabled(device); }
#else
at::ScalarType autocast_type(c10::DeviceType device) {
  return device == c10::kCPU ? at::autocast::get_autocast_cpu_dtype() : at::autocast::get_autocast_gpu_dtype();
}
void set_autocast(c10::DeviceType device, bool enabled, at::ScalarType type) {
  if (device == c10::kCPU) {
    at::autocast::set_autocast_cpu_dtype(type);  // first: it refuses types that there are no kernels for
    at::autocast::set_cpu_enabled(enabled);
  } else {
    at::autocast::set_autocast_gpu_dtype(type);
    at::autocast::set_enabled(enabled);
  }
}
bool is_enabled(c10::DeviceType device) {
  return device == c10::kCPU ? at::autocast::is_cpu_enabled() : at::autocast::is_enabled();
}
#endif

thread_local bool keeps_casts = true;  // before the outermost autocast of the thread

bool has_autocast(c10::DeviceType device) { return device == c10::kCPU || device == c10::kCUDA; }

c10::DeviceType checked(int32_t type) {
  const auto device = static_cast<c10::DeviceType>(type);
  TORCH_CHECK(has_autocast(device), "autocast is for the CPU and CUDA");
  return device;
}

}  // namespace

namespace paa {

bool autocast_enabled(c10::DeviceType device) { return has_autocast(device) && is_enabled(device); }

AutocastState autocast_state(c10::DeviceType device) {
  return has_autocast(device) ? AutocastState{device, is_enabled(device), autocast_type(device)}
                              : AutocastState{device, false, at::kFloat};
}

void set_autocast(const AutocastState& state) {
  if (has_autocast(state.device)) ::set_autocast(state.device, state.enabled, state.type);
}

AutocastGuard::AutocastGuard(const AutocastState& state)
    : previous_(autocast_state(state.device)), cached_(at::autocast::is_autocast_cache_enabled()) {
  at::autocast::set_autocast_cache_enabled(false);
  set_autocast(state);
}

AutocastGuard::~AutocastGuard() {
  set_autocast(previous_);
  at::autocast::set_autocast_cache_enabled(cached_);
}

}  // namespace paa

int32_t paa_autocast_begin(int32_t device_type, int32_t type, uint8_t* previous_enabled, int32_t* previous_type) {
  return paa::guard([&] {
    const auto previous = paa::autocast_state(checked(device_type));
    *previous_enabled = previous.enabled;
    *previous_type = static_cast<int32_t>(previous.type);
    paa::set_autocast({previous.device, true, static_cast<at::ScalarType>(type)});
    if (at::autocast::increment_nesting() > 1) return;
    keeps_casts = at::autocast::is_autocast_cache_enabled();
    at::autocast::set_autocast_cache_enabled(false);
  });
}

int32_t paa_autocast_end(int32_t device_type, uint8_t previous_enabled, int32_t previous_type) {
  return paa::guard([&] {
    if (at::autocast::decrement_nesting() == 0) at::autocast::set_autocast_cache_enabled(keeps_casts);
    paa::set_autocast({checked(device_type), previous_enabled != 0, static_cast<at::ScalarType>(previous_type)});
  });
}
