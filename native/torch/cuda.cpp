// CUDA: devices, synchronisation and the caching allocator's figures. Compiles without CUDA.
#include <torch/cuda.h>

#include "guard.h"

#ifdef PAA_CUDA
#include <c10/cuda/CUDACachingAllocator.h>
#include <cuda_runtime_api.h>

#include <string>
#endif

const char* paa_cuda_version() {
#ifdef PAA_CUDA
  static const std::string text = std::to_string(CUDART_VERSION / 1000) + "." + std::to_string(CUDART_VERSION % 1000 / 10);
  return text.c_str();
#else
  return "";
#endif
}

int32_t paa_cuda_devices(int32_t* count) {
  return paa::guard([&] { *count = static_cast<int32_t>(torch::cuda::device_count()); });
}

int32_t paa_cuda_synchronize(int32_t device) {
  return paa::guard([&] { torch::cuda::synchronize(device); });
}

int32_t paa_cuda_memory([[maybe_unused]] int32_t device, [[maybe_unused]] int64_t* allocated, [[maybe_unused]] int64_t* peak) {
  return paa::guard([&] {
#ifdef PAA_CUDA
    const auto bytes = c10::cuda::CUDACachingAllocator::getDeviceStats(device).allocated_bytes[0];  // 0: all pools together
    *allocated = bytes.current;
    *peak = bytes.peak;
#else
    TORCH_CHECK(false, "this libpaa_torch is built without CUDA");
#endif
  });
}

int32_t paa_cuda_reset_peak([[maybe_unused]] int32_t device) {
  return paa::guard([&] {
#ifdef PAA_CUDA
    c10::cuda::CUDACachingAllocator::resetPeakStats(device);
#else
    TORCH_CHECK(false, "this libpaa_torch is built without CUDA");
#endif
  });
}
