// Loops over maps and weights in blocks of 16 channels, the layout of oneDNN's kernels for AVX-512. A map [N, C, H, W] lies as
// [N, C / 16, H, W, 16]; "positions" are H * W, and a "plane" is one of its N * C / 16 parts [H, W, 16]. Plain pointers: this
// file is compiled for AVX-512, and nothing of its instructions may leak into code that runs everywhere.
#pragma once

#include <cstdint>

namespace paa::blocked {

constexpr int64_t kBlock = 16;

/// result = max(result + other, 0), or without the ReLU.
void add(float* result, const float* other, int64_t count, bool relu);

/// result = gradient where the output of a ReLU is positive, else 0.
void mask(const float* gradient, const float* output, float* result, int64_t count);

/// Mean and sum of squared deviations of the 16 channels of a plane.
void moments(const float* plane, int64_t positions, float* mean, float* deviations);

/// result = max(plane * scale + shift, 0), channel by channel; "relu" false leaves negative values.
void scale_and_shift(const float* plane, float* result, int64_t positions, const float* scale, const float* shift, bool relu);

/// Sums over the positions where plane * scale + shift is positive ("relu") or over all: of the gradient, and of
/// gradient * (plane - mean).
void gradient_sums(const float* gradient, const float* plane, int64_t positions, const float* scale, const float* shift,
                   const float* mean, bool relu, float* sums, float* products);

/// gradient = scale * gradient (0 where plane * scale + shift is not positive, with "relu") + slope * plane + offset, in place.
void normalized_gradient(float* gradient, const float* plane, int64_t positions, const float* scale, const float* shift,
                         const float* slope, const float* offset, bool relu);

/// The largest value of each window of a plane [height, width, 16].
void max_pool(const float* plane, float* result, int64_t height, int64_t width, int64_t result_height, int64_t result_width,
              int64_t kernel, int64_t stride, int64_t padding);

/// A block of 16 output channels of weights [D, C, taps] times a factor per output channel, laid out as [C / 16][taps][16 in]
/// [16 out] or, "transposed", as [C / 16][taps][16 out][16 in] with "step" floats from one block of C to the next.
void pack_weights(const float* weights, const float* scale, float* result, int64_t channels, int64_t taps, bool transposed,
                  int64_t step);

/// The way back for gradients laid out as [C / 16][taps][16 in][16 out]: result = gradient * scale as [16 out][C][taps], and if
/// "weights" are given, their products with the unscaled gradient, summed for each of the 16 output channels.
void unpack_gradients(const float* gradient, const float* weights, const float* scale, float* result, float* products,
                      int64_t channels, int64_t taps);

}  // namespace paa::blocked
