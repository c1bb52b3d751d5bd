#include "blocked_maps.h"

#ifdef PAA_BLOCKED_KERNELS
#include <ATen/Parallel.h>

#include <cmath>

#include "blocked_kernels.h"

namespace paa::blocked {

namespace {

int64_t positions_of(const at::Tensor& map) { return map.size(2) * map.size(3); }

float* plane(const at::Tensor& map, int64_t index) { return map.data_ptr<float>() + index * positions_of(map) * kBlock; }

/// Calls body(plane's number) for all planes of a map.
template <class Body>
void for_planes(const at::Tensor& map, Body&& body) {
  at::parallel_for(0, map.size(0) * map.size(1), 1, [&](int64_t begin, int64_t end) {
    for (auto i = begin; i < end; i++) body(i);
  });
}

/// The norm as a factor and an offset for each channel of each image, both [N, C].
struct Line {
  at::Tensor scale, shift;

  Line(const GroupMoments& moments, const at::Tensor& weight, const at::Tensor& bias) {
    const auto images = moments.mean.size(0), groups = moments.mean.size(1), channels = weight.numel() / groups;
    scale = (moments.deviation.unsqueeze(2) * weight.view({groups, channels})).view({images, -1});
    shift = bias - (moments.mean.unsqueeze(2) * scale.view({images, groups, channels})).view({images, -1});
  }
};

}  // namespace

GroupMoments group_moments(const at::Tensor& map, int64_t groups, double epsilon) {
  const auto images = map.size(0), channels = map.size(1) * kBlock, positions = positions_of(map), width = channels / groups;
  const auto means = at::empty({images, channels}, map.options()), deviations = at::empty_like(means);
  auto *mean = means.data_ptr<float>(), *deviation = deviations.data_ptr<float>();
  for_planes(map, [&](int64_t i) { moments(plane(map, i), positions, mean + i * kBlock, deviation + i * kBlock); });
  GroupMoments result{at::empty({images, groups}, map.options()), at::empty({images, groups}, map.options())};
  auto *group_mean = result.mean.data_ptr<float>(), *group_deviation = result.deviation.data_ptr<float>();
  for (int64_t group = 0; group < images * groups; group++) {
    const auto *own_mean = mean + group * width, *own_deviation = deviation + group * width;
    double sum = 0, squares = 0;
    for (int64_t c = 0; c < width; c++) sum += own_mean[c];
    const auto middle = sum / width;
    for (int64_t c = 0; c < width; c++)  // within channels and between them: Chan, Golub and LeVeque 1983, equation 1.5
      squares += own_deviation[c] + positions * (own_mean[c] - middle) * (own_mean[c] - middle);
    group_mean[group] = static_cast<float>(middle);
    group_deviation[group] = static_cast<float>(1 / std::sqrt(squares / (width * positions) + epsilon));
  }
  return result;
}

at::Tensor normalize(const at::Tensor& map, const GroupMoments& moments, const at::Tensor& weight, const at::Tensor& bias) {
  const Line line(moments, weight, bias);
  const auto result = at::empty_like(map);
  const float *scale = line.scale.data_ptr<float>(), *shift = line.shift.data_ptr<float>();
  for_planes(map, [&](int64_t i) {
    scale_and_shift(plane(map, i), plane(result, i), positions_of(map), scale + i * kBlock, shift + i * kBlock, true);
  });
  return result;
}

NormGradients differentiate_normalize(at::Tensor& gradient, const at::Tensor& map, const GroupMoments& moments,
                                      const at::Tensor& weight, const at::Tensor& bias) {
  const auto images = map.size(0), groups = moments.mean.size(1), width = weight.numel() / groups, positions = positions_of(map);
  const Line line(moments, weight, bias);
  const auto means = moments.mean.unsqueeze(2).expand({images, groups, width}).reshape({images, -1});
  const auto sums = at::empty_like(means), products = at::empty_like(means);
  const float *scale = line.scale.data_ptr<float>(), *shift = line.shift.data_ptr<float>(), *mean = means.data_ptr<float>();
  auto *sum = sums.data_ptr<float>(), *product = products.data_ptr<float>();
  for_planes(map, [&](int64_t i) {
    const auto c = i * kBlock;
    gradient_sums(plane(gradient, i), plane(map, i), positions, scale + c, shift + c, mean + c, true, sum + c, product + c);
  });
  // With x^ = (x - mean) * deviation and g the gradient behind the ReLU, of a group of M values:
  // dx = deviation * (weight * g - sum(weight * g) / M - x^ * sum(weight * g * x^) / M), a line in g and x.
  const auto deviation = moments.deviation.unsqueeze(2);                                               // [N, groups, 1]
  const auto weights = weight.view({groups, width});
  const auto products_hat = products.view({images, groups, width}) * deviation;                        // sums of g * x^
  const auto group_sum = (sums.view({images, groups, width}) * weights).sum(2, true) / (width * positions);
  const auto group_product = (products_hat * weights).sum(2, true) / (width * positions);
  const auto slope = -group_product * deviation * deviation;
  const auto offset = -group_sum * deviation - slope * moments.mean.unsqueeze(2);
  const auto slopes = slope.expand({images, groups, width}).reshape({images, -1}),
             offsets = offset.expand({images, groups, width}).reshape({images, -1});
  const float *a = slopes.data_ptr<float>(), *b = offsets.data_ptr<float>();
  for_planes(map, [&](int64_t i) {
    const auto c = i * kBlock;
    normalized_gradient(plane(gradient, i), plane(map, i), positions, scale + c, shift + c, a + c, b + c, true);
  });
  return {products_hat.sum(0).view({-1}), sums.sum(0)};
}

at::Tensor mask(const at::Tensor& gradient, const at::Tensor& output) {
  const auto result = at::empty_like(output);
  const float *from = gradient.data_ptr<float>(), *of = output.data_ptr<float>();
  auto* to = result.data_ptr<float>();
  at::parallel_for(0, output.numel(), 1 << 15, [&](int64_t begin, int64_t end) {
    mask(from + begin, of + begin, to + begin, end - begin);
  });
  return result;
}

at::Tensor max_pool(const at::Tensor& map, int64_t kernel, int64_t stride, int64_t padding) {
  const auto side = [&](int axis) { return (map.size(axis) + 2 * padding - kernel) / stride + 1; };
  const auto result = at::empty({map.size(0), map.size(1), side(2), side(3), kBlock}, map.options());
  for_planes(map, [&](int64_t i) {
    max_pool(plane(map, i), plane(result, i), map.size(2), map.size(3), result.size(2), result.size(3), kernel, stride, padding);
  });
  return result;
}

}  // namespace paa::blocked

#else

#include <c10/util/Exception.h>

namespace paa::blocked {

GroupMoments group_moments(const at::Tensor&, int64_t, double) { TORCH_CHECK(false, "this build has no maps in blocks"); }

at::Tensor normalize(const at::Tensor&, const GroupMoments&, const at::Tensor&, const at::Tensor&) {
  TORCH_CHECK(false, "this build has no maps in blocks");
}

NormGradients differentiate_normalize(at::Tensor&, const at::Tensor&, const GroupMoments&, const at::Tensor&,
                                      const at::Tensor&) {
  TORCH_CHECK(false, "this build has no maps in blocks");
}

at::Tensor mask(const at::Tensor& gradient, const at::Tensor& output) { return at::threshold_backward(gradient, output, 0); }

at::Tensor max_pool(const at::Tensor&, int64_t, int64_t, int64_t) { TORCH_CHECK(false, "this build has no maps in blocks"); }

}  // namespace paa::blocked

#endif
