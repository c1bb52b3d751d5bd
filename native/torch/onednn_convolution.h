// Convolutions of training on oneDNN's fastest kernels, which libtorch does not choose:
//   3x3 at stride 1: Winograd's F(4x4, 3x3) in all three directions, two to three times as fast as the direct kernel;
//   1x1 at stride 1: a matrix product on the plain layout, which saves rearranging maps that are as costly to move as to compute.
#pragma once

#include <ATen/ATen.h>

namespace paa::onednn {

/// Whether these kernels beat libtorch's on a convolution, and exist; never in a libtorch that does not share its oneDNN (see
/// CMakeLists.txt). What follows is for convolutions that pass: plain single precision on the CPU, "same" padding, stride 1.
bool pays(const at::Tensor& input, const at::Tensor& weight, int64_t stride, int64_t padding, int64_t groups);

/// Whether there are such convolutions in this build.
bool is_shared();

at::Tensor convolve(const at::Tensor& input, const at::Tensor& weight, const c10::optional<at::Tensor>& bias, bool relu);

/// Gradients by input, weight and bias; those not wanted stay undefined.
struct Gradients {
  at::Tensor input, weight, bias;
};

struct Wanted {
  bool input, weight, bias;
};

/// The gradients of convolve() without ReLU.
Gradients differentiate(const at::Tensor& gradient, const at::Tensor& input, const at::Tensor& weight, bool has_bias,
                        Wanted wanted);

}  // namespace paa::onednn
