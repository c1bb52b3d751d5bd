// Norms and element-wise work on maps in blocks of 16 channels, [N, C / 16, H, W, 16], forwards and backwards, on all threads.
#pragma once

#include <ATen/ATen.h>

namespace paa::blocked {

/// Mean and reciprocal deviation of each group of channels of each image, both [N, groups].
struct GroupMoments {
  at::Tensor mean, deviation;
};

GroupMoments group_moments(const at::Tensor& map, int64_t groups, double epsilon);

/// relu(group_norm(map)).
at::Tensor normalize(const at::Tensor& map, const GroupMoments& moments, const at::Tensor& weight, const at::Tensor& bias);

/// The gradients of normalize(). gradient: of its result; becomes the gradient of the map.
struct NormGradients {
  at::Tensor weight, bias;
};

NormGradients differentiate_normalize(at::Tensor& gradient, const at::Tensor& map, const GroupMoments& moments,
                                      const at::Tensor& weight, const at::Tensor& bias);

/// gradient where the output of a ReLU is positive, else 0; of any layout, if both have the same.
at::Tensor mask(const at::Tensor& gradient, const at::Tensor& output);

/// The largest value of each window, without a way back.
at::Tensor max_pool(const at::Tensor& map, int64_t kernel, int64_t stride, int64_t padding);

}  // namespace paa::blocked
