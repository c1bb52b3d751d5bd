// What every source file of the shim shares: the handles behind the C ABI, and the one translation of exceptions.
#pragma once

#include <c10/util/Exception.h>

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <exception>
#include <utility>

#include "paa_torch.h"

struct paa_tensor {
  explicit paa_tensor(at::Tensor tensor);
  ~paa_tensor();
  paa_tensor(const paa_tensor&) = delete;
  paa_tensor& operator=(const paa_tensor&) = delete;

  at::Tensor value;
};

struct paa_operator {
  c10::OperatorHandle handle;
};

struct paa_generator {
  at::Generator value;
};

namespace paa {

void set_error(const char* message) noexcept;

/// Runs a body and turns any exception into a status and this thread's message.
template <class Body>
int32_t guard(Body&& body) noexcept {
  try {
    std::forward<Body>(body)();
    return 0;
  } catch (const c10::Error& error) {
    set_error(error.what_without_backtrace());
  } catch (const std::exception& error) {
    set_error(error.what());
  } catch (...) {
    set_error("unknown C++ exception");
  }
  return 1;
}

inline paa_tensor* own(at::Tensor tensor) { return new paa_tensor(std::move(tensor)); }

inline at::Device device_of(paa_device device) {
  const auto type = static_cast<c10::DeviceType>(device.type);
  return type == c10::kCPU ? at::Device(c10::kCPU) : at::Device(type, static_cast<c10::DeviceIndex>(device.index));
}

/// Tells OpenMP on a thread that is new to libtorch how many threads to use: its setting is per thread, and oneDNN asks
/// OpenMP directly. A cheap comparison when the thread is up to date.
void adopt_thread_count();

/// The host reads a value, for which it would wait if the tensor were on a device.
void count_host_wait();

}  // namespace paa
