// Reuse of large CPU tensors' memory. glibc gives blocks of this size back to the kernel at once and gets them again as fresh
// pages, whose zeroing takes a fifth to a third of a large forward pass. Here freed blocks wait for the next tensor of
// about their size. Live and waiting blocks together never exceed the most that was ever live, so that peak memory is what
// the work needs anyway.
#include <c10/core/CPUAllocator.h>
#include <c10/util/Exception.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <list>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "paa_torch.h"

namespace {

constexpr size_t kSmallest = size_t{1} << 20;     // smaller blocks stay with libtorch's own allocator
constexpr size_t kGranularity = size_t{1} << 21;  // a huge page
constexpr size_t kSlack = 4;                      // a block serves requests down to 3/4 of its size

class BlockCache {
 public:
  void* take(size_t bytes) {
    const auto size = (bytes + kGranularity - 1) / kGranularity * kGranularity;
    const std::lock_guard<std::mutex> lock(mutex_);
    auto* block = take_waiting(size);
    if (block == nullptr) block = map(size);
    live_ += live_sizes_[block];
    peak_ = std::max(peak_, live_);
    trim();
    return block;
  }

  /// Takes a block back; false if it was not taken here.
  bool give(void* block) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = live_sizes_.find(block);
    if (found == live_sizes_.end()) return false;
    const auto size = found->second;
    live_sizes_.erase(found);
    live_ -= size;
    waiting_ += size;
    oldest_first_.push_back({block, size});
    by_size_.emplace(size, std::prev(oldest_first_.end()));
    trim();
    return true;
  }

 private:
  struct Waiting {
    void* block;
    size_t size;
  };
  using Age = std::list<Waiting>;

  void* take_waiting(size_t size) {
    const auto found = by_size_.lower_bound(size);
    if (found == by_size_.end() || found->first - size > found->first / kSlack) return nullptr;
    auto* block = found->second->block;
    live_sizes_[block] = found->first;
    waiting_ -= found->first;
    oldest_first_.erase(found->second);
    by_size_.erase(found);
    return block;
  }

  void* map(size_t size) {
    auto* block = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    TORCH_CHECK(block != MAP_FAILED, "out of memory: no ", size, " bytes for a tensor");
    madvise(block, size, MADV_HUGEPAGE);  // fewer faults on first touch; no harm where it is not supported
    live_sizes_[block] = size;
    return block;
  }

  void trim() {
    while (!oldest_first_.empty() && live_ + waiting_ > peak_) {
      const auto [block, size] = oldest_first_.front();
      const auto range = by_size_.equal_range(size);
      by_size_.erase(
          std::find_if(range.first, range.second, [&](const auto& entry) { return entry.second == oldest_first_.begin(); }));
      oldest_first_.pop_front();
      waiting_ -= size;
      munmap(block, size);
    }
  }

  std::mutex mutex_;
  std::unordered_map<void*, size_t> live_sizes_;
  Age oldest_first_;
  std::multimap<size_t, Age::iterator> by_size_;
  size_t live_ = 0;
  size_t waiting_ = 0;
  size_t peak_ = 0;
};

BlockCache& cache() {
  static auto* const instance = new BlockCache;  // never destroyed: tensors may outlive static objects
  return *instance;
}

c10::Allocator* const small_blocks = c10::GetCPUAllocator();

/// Frees a block of either kind, for oneDNN, which asks for raw memory.
void release(void* block) {
  if (block != nullptr && !cache().give(block)) small_blocks->raw_deleter()(block);
}

/// libtorch's allocator for small blocks, the cache for large ones. Without "override", because the virtual functions and their
/// constness changed between libtorch 1.13 and 2.x: each declaration overrides where there is something to override.
class CachingAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) const {
    if (bytes < kSmallest) return small_blocks->allocate(bytes);
    auto* block = cache().take(bytes);
    return {block, block, &release, c10::Device(c10::kCPU)};
  }
  c10::DataPtr allocate(size_t bytes) { return std::as_const(*this).allocate(bytes); }
  c10::DeleterFnPtr raw_deleter() const { return &release; }
  void copy_data(void* target, const void* source, size_t count) const { std::memcpy(target, source, count); }
};

const bool installed = [] {
  const char* choice = std::getenv("PAA_TENSOR_CACHE");
  if (choice != nullptr && choice[0] == '0') return false;
  static CachingAllocator allocator;
  c10::SetCPUAllocator(&allocator, 1);
  return true;
}();

}  // namespace
