// Threads, random numbers and what this library was built with.
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <torch/version.h>

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>

#include "guard.h"

namespace {

std::atomic<int> thread_count{0};

/// Debian's libtorch starts with one thread; all cores serve better unless the user says otherwise.
const int initial_thread_count = [] {
  const char* wanted = std::getenv("OMP_NUM_THREADS");
  const int count = wanted ? std::atoi(wanted) : static_cast<int>(std::thread::hardware_concurrency());
  at::set_num_threads(count > 0 ? count : 1);
  thread_count = at::get_num_threads();
  return count;
}();

at::Generator generator_of(paa_device device) { return at::globalContext().defaultGenerator(paa::device_of(device)); }

}  // namespace

void paa::adopt_thread_count() {
  thread_local int adopted = 0;
  const int wanted = thread_count.load(std::memory_order_relaxed);
  if (adopted == wanted) return;
  at::set_num_threads(wanted);
  adopted = wanted;
}

const char* paa_torch_version() { return TORCH_VERSION; }

const char* paa_build_info() {
  static const std::string text = at::show_config() + "\n" + at::get_parallel_info();
  return text.c_str();
}

int32_t paa_threads() { return thread_count; }

int32_t paa_set_threads(int32_t count) {
  return paa::guard([&] {
    TORCH_CHECK(count > 0, "the number of threads must be positive, got ", count);
    thread_count = count;
    paa::adopt_thread_count();
  });
}

int32_t paa_manual_seed(uint64_t seed) {
  return paa::guard([&] { at::manual_seed(seed); });
}

int32_t paa_generator_state(paa_device device, paa_tensor** result) {
  return paa::guard([&] {
    auto generator = generator_of(device);
    const std::lock_guard<std::mutex> lock(generator.mutex());
    *result = paa::own(generator.get_state());
  });
}

int32_t paa_set_generator_state(paa_device device, const paa_tensor* state) {
  return paa::guard([&] {
    auto generator = generator_of(device);
    const std::lock_guard<std::mutex> lock(generator.mutex());
    generator.set_state(state->value);
  });
}
