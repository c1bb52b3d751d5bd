// Reuse of CPU tensors' memory. glibc gives large blocks back to the kernel at once and gets them again as fresh pages, whose
// zeroing takes a fifth to a third of a large forward pass. Here all of them lie in one reserved range of addresses: a freed
// block joins the free ones beside it, and the next tensor takes the smallest place that it fits into, so that memory once
// touched serves tensors of any size. What is held beyond the live blocks is bounded: together never more than an eighth above
// the most that was ever live.
#include <c10/core/CPUAllocator.h>
#include <c10/util/Exception.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "paa_torch.h"

namespace {

constexpr size_t kSmallest = size_t{1} << 16;  // smaller blocks stay with libtorch's own allocator
constexpr size_t kHugePage = size_t{1} << 21;
constexpr size_t kGranule = 4096 + 64;  // not whole pages: the beginnings of maps that are read together use other cache sets
constexpr size_t kSlack = 8;            // free blocks may take this part of the peak more

/// Blocks in one reserved range of addresses.
class Arena {
 public:
  /// A block; null if the range is full or could not be reserved.
  void* take(size_t bytes) {
    const auto size = (bytes + kGranule - 1) / kGranule * kGranule;
    const std::lock_guard<std::mutex> lock(mutex_);
    auto place = take_free(size);
    if (place == kNowhere) place = extend(size);
    if (place == kNowhere) return nullptr;
    sizes_[place] = size;
    live_ += size;
    peak_ = std::max(peak_, live_);
    trim();
    return base_ + place;
  }

  /// Takes a block back; false if it was not taken here.
  bool give(void* block) {
    const auto place = static_cast<size_t>(static_cast<char*>(block) - base_);
    if (base_ == nullptr || block < base_ || place >= reserved_) return false;
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = sizes_.find(place);
    const auto size = found->second;
    sizes_.erase(found);
    live_ -= size;
    waiting_ += size;
    add_free(place, {size, true});
    trim();
    return true;
  }

 private:
  struct Free {
    size_t size;
    bool is_touched;  // whether the kernel holds pages for it
  };
  using FreeBlocks = std::map<size_t, Free>;
  static constexpr size_t kNowhere = SIZE_MAX;

  /// Addresses for twice the machine's memory; nothing is taken from it before it is used.
  char* reserve() {
    auto* start = mmap(nullptr, reserved_ + kHugePage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (start == MAP_FAILED) return nullptr;
    return reinterpret_cast<char*>((reinterpret_cast<uintptr_t>(start) + kHugePage - 1) / kHugePage * kHugePage);
  }

  /// The smallest free block that is large enough, one with pages before one without.
  size_t take_free(size_t size) {
    auto best = free_.end();
    const auto is_better = [](const Free& one, const Free& other) {
      return one.is_touched != other.is_touched ? one.is_touched : one.size < other.size;
    };
    for (auto block = free_.begin(); block != free_.end(); ++block)
      if (block->second.size >= size && (best == free_.end() || is_better(block->second, best->second))) best = block;
    if (best == free_.end()) return kNowhere;
    const auto [place, block] = *best;
    free_.erase(best);
    if (block.is_touched) waiting_ -= size;
    if (block.size > size) free_.emplace(place + size, Free{block.size - size, block.is_touched});
    return place;
  }

  /// A block behind all others.
  size_t extend(size_t size) {
    if (base_ == nullptr || size > reserved_ - end_) return kNowhere;
    if (end_ + size > usable_) {
      const auto more = (end_ + size - usable_ + kHugePage - 1) / kHugePage * kHugePage;
      TORCH_CHECK(mprotect(base_ + usable_, more, PROT_READ | PROT_WRITE) == 0, "out of memory: no ", size, " bytes for a tensor");
      madvise(base_ + usable_, more, MADV_HUGEPAGE);  // fewer faults on first touch; no harm where it is not supported
      usable_ += more;
    }
    const auto place = end_;
    end_ += size;
    return place;
  }

  void add_free(size_t place, Free block) {
    auto next = free_.lower_bound(place);
    if (next != free_.end() && next->first == place + block.size && next->second.is_touched == block.is_touched) {
      block.size += next->second.size;
      next = free_.erase(next);
    }
    if (next != free_.begin()) {
      auto& [before, other] = *std::prev(next);
      if (before + other.size == place && other.is_touched == block.is_touched) {
        other.size += block.size;
        return;
      }
    }
    free_.emplace(place, block);
  }

  /// Gives pages of the largest free blocks back to the kernel until the rest is within bounds.
  void trim() {
    while (live_ + waiting_ > peak_ + peak_ / kSlack) {
      auto largest = free_.end();
      for (auto block = free_.begin(); block != free_.end(); ++block)
        if (block->second.is_touched && (largest == free_.end() || block->second.size > largest->second.size)) largest = block;
      if (largest == free_.end()) return;
      const auto [place, block] = *largest;
      free_.erase(largest);
      waiting_ -= block.size;
      const auto first = (place + kHugePage - 1) / kHugePage * kHugePage, last = (place + block.size) / kHugePage * kHugePage;
      if (last > first) madvise(base_ + first, last - first, MADV_DONTNEED);
      add_free(place, {block.size, false});
    }
  }

  const size_t reserved_ = 2 * static_cast<size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<size_t>(sysconf(_SC_PAGESIZE));
  char* const base_ = reserve();
  std::mutex mutex_;
  std::unordered_map<size_t, size_t> sizes_;  // of live blocks, by place
  FreeBlocks free_;                           // by place
  size_t usable_ = 0;                         // bytes that can be read and written
  size_t end_ = 0;                            // of the last block that was ever taken
  size_t live_ = 0;
  size_t waiting_ = 0;  // free, but with pages
  size_t peak_ = 0;
};

Arena& arena() {
  static auto* const instance = new Arena;  // never destroyed: tensors may outlive static objects
  return *instance;
}

c10::Allocator* const small_blocks = c10::GetCPUAllocator();

/// Frees a block of either kind, for oneDNN, which asks for raw memory.
void release(void* block) {
  if (block != nullptr && !arena().give(block)) small_blocks->raw_deleter()(block);
}

/// libtorch's allocator for small blocks, the arena for large ones. Without "override", because the virtual functions and their
/// constness changed between libtorch 1.13 and 2.x: each declaration overrides where there is something to override.
class CachingAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) const {
    if (bytes < kSmallest) return small_blocks->allocate(bytes);
    auto* block = arena().take(bytes);
    return block == nullptr ? small_blocks->allocate(bytes) : c10::DataPtr{block, block, &release, c10::Device(c10::kCPU)};
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
