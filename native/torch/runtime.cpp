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
thread_local int own_thread_count = 0;

/// Debian's libtorch starts with one thread; all cores serve better unless the user says otherwise.
const int initial_thread_count = [] {
  const char* wanted = std::getenv("OMP_NUM_THREADS");
  const int count = wanted ? std::atoi(wanted) : static_cast<int>(std::thread::hardware_concurrency());
  at::set_num_threads(count > 0 ? count : 1);
  thread_count = at::get_num_threads();
  return count;
}();

}  // namespace

void paa::adopt_thread_count() {
  thread_local int adopted = 0;
  const int wanted = paa_threads();
  if (adopted == wanted) return;
  // A thread's first look at its number takes over the one that was set last, by whatever thread; so look before setting.
  at::internal::lazy_init_num_threads();
  at::get_num_threads();
  at::set_num_threads(wanted);
  adopted = wanted;
}

const char* paa_torch_version() { return TORCH_VERSION; }

const char* paa_build_info() {
  static const std::string text = at::show_config() + "\n" + at::get_parallel_info();
  return text.c_str();
}

int32_t paa_threads() { return own_thread_count > 0 ? own_thread_count : thread_count.load(std::memory_order_relaxed); }

int32_t paa_set_threads(int32_t count) {
  return paa::guard([&] {
    TORCH_CHECK(count > 0, "the number of threads must be positive, got ", count);
    thread_count = count;
    paa::adopt_thread_count();
  });
}

int32_t paa_set_own_threads(int32_t count, int32_t* before) {
  return paa::guard([&] {
    TORCH_CHECK(count >= 0, "the number of threads must not be negative, got ", count);
    *before = own_thread_count;
    own_thread_count = count;
    paa::adopt_thread_count();
  });
}

int32_t paa_manual_seed(uint64_t seed) {
  return paa::guard([&] { at::manual_seed(seed); });
}

int32_t paa_generator_create(paa_device device, uint64_t seed, paa_generator** result) {
  return paa::guard([&] {
    auto generator = at::globalContext().defaultGenerator(paa::device_of(device)).clone();
    generator.set_current_seed(seed);
    *result = new paa_generator{std::move(generator)};
  });
}

void paa_generator_free(paa_generator* generator) { delete generator; }
