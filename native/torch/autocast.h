// Mixed precision of the calling thread, alike in all versions of libtorch.
#pragma once

#include <ATen/ATen.h>

namespace paa {

/// What autocast does on a thread to operations on devices of one kind.
struct AutocastState {
  c10::DeviceType device;
  bool enabled;
  at::ScalarType type;
};

bool autocast_enabled(c10::DeviceType device);

/// The present state; for a kind of device that has no autocast here, disabled.
AutocastState autocast_state(c10::DeviceType device);

void set_autocast(const AutocastState& state);

/// A state until the end of a block, without keeping casts of weights (see paa_autocast_begin).
class AutocastGuard {
 public:
  explicit AutocastGuard(const AutocastState& state);
  ~AutocastGuard();
  AutocastGuard(const AutocastGuard&) = delete;
  AutocastGuard& operator=(const AutocastGuard&) = delete;

 private:
  const AutocastState previous_;
  const bool cached_;
};

}  // namespace paa
