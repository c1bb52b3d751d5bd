// The gradient reducer of DistributedDataParallel: buckets, all-reduced while the backward pass goes on.
#include "distributed.h"

#ifdef PAA_HAS_C10D

#include <torch/csrc/distributed/c10d/logger.hpp>
#include <torch/csrc/distributed/c10d/reducer.hpp>

#include <algorithm>
#include <memory>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <vector>

struct paa_reducer {
  std::shared_ptr<c10d::Reducer> value;
  std::shared_ptr<c10d::Logger> logger;
};

namespace {

using Indices = std::vector<std::vector<size_t>>;
using Limits = std::vector<size_t>;
using Tensors = std::vector<at::Tensor>;
using Flags = std::vector<bool>;
using Group = c10::intrusive_ptr<c10d::ProcessGroup>;
using Names = std::unordered_map<size_t, std::string>;

/// libtorch 1.13's constructor takes the limits of the buckets, later ones do not, and the latest take more at the end.
template <class Reducer>
std::shared_ptr<Reducer> make_reducer(Tensors parameters, Indices buckets, Limits limits, Group group, int64_t cap,
                                      int64_t first) {
  const Flags sparse(parameters.size(), false);
  constexpr bool find_unused = false;
  constexpr bool as_bucket_view = true;
  if constexpr (std::is_constructible_v<Reducer, Tensors, Indices, Limits, Group, Flags, int64_t, bool, bool, Names, int64_t>)
    return std::make_shared<Reducer>(parameters, buckets, limits, group, sparse, cap, find_unused, as_bucket_view, Names(),
                                     first);
  else if constexpr (std::is_constructible_v<Reducer, Tensors, Indices, Group, Flags, int64_t, bool, bool, Names, int64_t>)
    return std::make_shared<Reducer>(parameters, buckets, group, sparse, cap, find_unused, as_bucket_view, Names(), first);
  else if constexpr (std::is_constructible_v<Reducer, Tensors, Indices, Group, Flags, int64_t, bool, bool, Names, int64_t, bool,
                                             bool>)
    return std::make_shared<Reducer>(parameters, buckets, group, sparse, cap, find_unused, as_bucket_view, Names(), first,
                                     /*skip_all_reduce_unused_params=*/false, /*use_python_reducer=*/false);
  else
    return std::make_shared<Reducer>(parameters, buckets, group, sparse, cap, find_unused, as_bucket_view, Names(), first, false,
                                     false, /*bucket_bytes_cap_list=*/std::vector<int64_t>());
}

}  // namespace

int32_t paa_reducer_create(const paa_group* group, const paa_tensor* const* parameters, int32_t count, int64_t first_bucket_bytes,
                           int64_t bucket_bytes, paa_reducer** result) {
  return paa::guard([&] {
    Tensors tensors;
    for (int32_t i = 0; i < count; i++) tensors.push_back(parameters[i]->value);
    const std::vector<size_t> sizes{static_cast<size_t>(first_bucket_bytes), static_cast<size_t>(bucket_bytes)};
    auto [buckets, limits] = c10d::compute_bucket_assignment_by_size(tensors, sizes);
    // The gradients of the last parameters come first, and so do their buckets.
    std::reverse(buckets.begin(), buckets.end());
    std::reverse(limits.begin(), limits.end());
    auto reducer = make_reducer<c10d::Reducer>(tensors, std::move(buckets), std::move(limits), group->value, bucket_bytes,
                                               first_bucket_bytes);
    auto logger = std::make_shared<c10d::Logger>(reducer);
    reducer->set_logger(logger);
    logger->set_construction_data_and_log("Detector", {}, -1, /*broadcast_buffers=*/false, /*has_sync_bn=*/false, false);
    *result = new paa_reducer{std::move(reducer), std::move(logger)};
  });
}

void paa_reducer_free(paa_reducer* reducer) {
  paa::guard([&] { delete reducer; });
}

int32_t paa_reducer_prepare_forward(const paa_reducer* reducer) {
  return paa::guard([&] {
    reducer->logger->set_runtime_stats_and_log();
    reducer->value->prepare_for_forward();
    reducer->value->rebuild_buckets();  // once, after the first pass showed in which order gradients come
  });
}

int32_t paa_reducer_prepare_backward(const paa_reducer* reducer) {
  return paa::guard([&] { reducer->value->prepare_for_backward({}); });
}

int32_t paa_reducer_buckets(const paa_reducer* reducer, int64_t* bytes, int32_t capacity, int32_t* count) {
  return paa::guard([&] {
    const auto sizes = reducer->logger->get_bucket_sizes();
    *count = static_cast<int32_t>(sizes.size());
    std::copy_n(sizes.begin(), std::min<size_t>(sizes.size(), capacity), bytes);
  });
}

int32_t paa_reducer_times(const paa_reducer* reducer, int64_t times[4]) {
  return paa::guard([&] {
    const auto data = reducer->logger->get_ddp_logging_data();
    const auto value = [&](const char* name) {
      const auto found = data.ints_map.find(name);
      return found == data.ints_map.end() ? 0 : found->second;
    };
    times[0] = value("avg_forward_compute_time");
    times[1] = value("avg_backward_compute_time");
    times[2] = value("avg_backward_comm_time");
    times[3] = value("avg_backward_compute_comm_overlap_time");
  });
}

#else

int32_t paa_reducer_create(const paa_group*, const paa_tensor* const*, int32_t, int64_t, int64_t, paa_reducer**) {
  return paa::guard(paa::refuse_without_c10d);
}
void paa_reducer_free(paa_reducer*) {}
int32_t paa_reducer_prepare_forward(const paa_reducer*) { return paa::guard(paa::refuse_without_c10d); }
int32_t paa_reducer_prepare_backward(const paa_reducer*) { return paa::guard(paa::refuse_without_c10d); }
int32_t paa_reducer_buckets(const paa_reducer*, int64_t*, int32_t, int32_t*) { return paa::guard(paa::refuse_without_c10d); }
int32_t paa_reducer_times(const paa_reducer*, int64_t*) { return paa::guard(paa::refuse_without_c10d); }

#endif
