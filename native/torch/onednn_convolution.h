// Convolutions of training on oneDNN's fastest kernels, which libtorch does not choose:
//   3x3 at stride 1: Winograd's F(4x4, 3x3) in all three directions, two to three times as fast as the direct kernel;
//   1x1 at stride 1 on plain maps: a matrix product, which saves rearranging maps that are as costly to move as to compute.
// Maps are plain, [N, C, H, W], or in the blocks of 16 channels that these kernels compute in, [N, C / 16, H, W, 16]: from
// one convolution to the next in blocks, nothing has to be rearranged.
#pragma once

#include <ATen/ATen.h>

namespace paa::onednn {

/// How a kernel moves over the map.
struct Window {
  int64_t stride, padding;
};

/// Whether these kernels beat libtorch's on a convolution of a plain map, and exist; never in a libtorch that does not share its
/// oneDNN (see CMakeLists.txt). Such convolutions are plain single precision on the CPU, "same" padding, stride 1.
bool pays(const at::Tensor& input, const at::Tensor& weight, int64_t stride, int64_t padding, int64_t groups);

/// Whether there are such convolutions in this build.
bool is_shared();

/// Whether they exist for maps in blocks, too: the processor has AVX-512.
bool has_blocks();

/// max(convolution(input, weight * scale) + bias + residual, 0), or without the ReLU.
/// scale: a factor for each output channel; may be undefined, as may bias and residual.
/// is_blocked: whether the result shall be in blocks, for which its channels must divide by 16. A residual is laid out like it.
at::Tensor convolve(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& scale, const at::Tensor& bias,
                    const at::Tensor& residual, Window window, bool relu, bool is_blocked);

/// Gradients by input, weight, scale and bias; those not wanted stay undefined. That by the input is laid out like the input.
struct Gradients {
  at::Tensor input, weight, scale, bias;
};

struct Wanted {
  bool input, weight, scale, bias;
};

/// The gradients of convolve() without ReLU and residual. gradient: plain or in blocks, like the result.
Gradients differentiate(const at::Tensor& gradient, const at::Tensor& input, const at::Tensor& weight, const at::Tensor& scale,
                        Window window, Wanted wanted);

/// A map in blocks as a plain one, and the other way round; the channels divide by 16.
at::Tensor to_plain(const at::Tensor& map);
at::Tensor to_blocks(const at::Tensor& map);

}  // namespace paa::onednn
