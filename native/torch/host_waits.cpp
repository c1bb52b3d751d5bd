// Counts how often the host waits for the device: reads of values, operators whose result the host must look at, copies between
// devices that are not asynchronous. On the CPU, where nothing waits, the same places are counted, so that tests find them there.
#include <ATen/record_function.h>

#include <atomic>
#include <cstring>
#include <memory>

#include "guard.h"

namespace {

std::atomic<int64_t> waits{0};
thread_local at::CallbackHandle callback = 0;
thread_local bool counting = false;

/// Operators that look at values on the host to know what to do, or how large their result is.
bool looks_at_values(const char* name) {
  for (const auto* waiting : {"aten::_local_scalar_dense", "aten::nonzero", "aten::masked_select", "aten::equal",
                              "aten::_unique2", "aten::unique_dim", "aten::unique_consecutive", "aten::bincount"})
    if (std::strcmp(name, waiting) == 0) return true;
  return false;
}

/// aten::copy_(target, source, non_blocking) from one device to another.
bool is_blocking_copy(const at::RecordFunction& function) {
  if (std::strcmp(function.name(), "aten::copy_") != 0) return false;
  const auto inputs = function.inputs();
  if (inputs.size() < 3 || !inputs[0].isTensor() || !inputs[1].isTensor() || !inputs[2].isBool()) return false;
  return inputs[0].toTensor().device() != inputs[1].toTensor().device() && !inputs[2].toBool();
}

std::unique_ptr<at::ObserverContext> observe(const at::RecordFunction& function) {
  if (looks_at_values(function.name()) || is_blocking_copy(function)) waits++;
  return nullptr;
}

}  // namespace

void paa::count_host_wait() {
  if (counting) waits++;
}

int32_t paa_host_waits_begin() {
  return paa::guard([] {
    TORCH_CHECK(!counting, "this thread is counting already");
    waits = 0;
    callback =
        at::addThreadLocalCallback(at::RecordFunctionCallback(&observe).needsInputs(true).scopes({at::RecordScope::FUNCTION}));
    counting = true;
  });
}

int64_t paa_host_waits() { return waits; }

int32_t paa_host_waits_end() {
  return paa::guard([] {
    if (counting) at::removeCallback(callback);
    counting = false;
  });
}
