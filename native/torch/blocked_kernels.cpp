#include "blocked_kernels.h"

#include <algorithm>
#include <limits>
#include <numeric>

// The compiler turns a loop over the 16 channels of a block into one instruction on a register of 16 floats.
namespace paa::blocked {

namespace {

constexpr int64_t kChunk = 64;  // positions summed in single precision before they join the sum in double precision

struct Sums {
  double first[kBlock] = {}, second[kBlock] = {};
};

/// Adds up two values for each position and channel, by chunks.
template <class Terms>
Sums sum_up(int64_t positions, Terms&& terms) {
  Sums all;
  for (int64_t begin = 0; begin < positions; begin += kChunk) {
    float first[kBlock] = {}, second[kBlock] = {};
    const auto end = std::min(begin + kChunk, positions);
    for (auto p = begin; p < end; p++)
      for (int c = 0; c < kBlock; c++) terms(p * kBlock + c, c, first[c], second[c]);
    for (int c = 0; c < kBlock; c++) {
      all.first[c] += first[c];
      all.second[c] += second[c];
    }
  }
  return all;
}

}  // namespace

void add(float* result, const float* other, int64_t count, bool relu) {
  if (relu)
    for (int64_t i = 0; i < count; i++) {
      const float sum = result[i] + other[i];
      result[i] = sum > 0 ? sum : 0;
    }
  else
    for (int64_t i = 0; i < count; i++) result[i] += other[i];
}

void mask(const float* gradient, const float* output, float* result, int64_t count) {
  for (int64_t i = 0; i < count; i++) result[i] = output[i] > 0 ? gradient[i] : 0;
}

void moments(const float* plane, int64_t positions, float* mean, float* deviations) {
  // Distances from the first position, so that a mean far from 0 costs no digits.
  float origin[kBlock];
  std::copy(plane, plane + kBlock, origin);
  const auto sums = sum_up(positions, [&](int64_t i, int c, float& first, float& second) {
    const float distance = plane[i] - origin[c];
    first += distance;
    second += distance * distance;
  });
  for (int c = 0; c < kBlock; c++) {
    mean[c] = static_cast<float>(origin[c] + sums.first[c] / positions);
    deviations[c] = static_cast<float>(std::max(sums.second[c] - sums.first[c] * sums.first[c] / positions, 0.0));
  }
}

void scale_and_shift(const float* plane, float* result, int64_t positions, const float* scale, const float* shift, bool relu) {
  const float floor = relu ? 0 : -std::numeric_limits<float>::infinity();
  for (int64_t p = 0; p < positions; p++)
    for (int c = 0; c < kBlock; c++) {
      const float value = plane[p * kBlock + c] * scale[c] + shift[c];
      result[p * kBlock + c] = value > floor ? value : floor;
    }
}

void gradient_sums(const float* gradient, const float* plane, int64_t positions, const float* scale, const float* shift,
                   const float* mean, bool relu, float* sums, float* products) {
  const float floor = relu ? 0 : -std::numeric_limits<float>::infinity();
  const auto all = sum_up(positions, [&](int64_t i, int c, float& first, float& second) {
    const float passed = plane[i] * scale[c] + shift[c] > floor ? gradient[i] : 0;
    first += passed;
    second += passed * (plane[i] - mean[c]);
  });
  for (int c = 0; c < kBlock; c++) {
    sums[c] = static_cast<float>(all.first[c]);
    products[c] = static_cast<float>(all.second[c]);
  }
}

void normalized_gradient(float* gradient, const float* plane, int64_t positions, const float* scale, const float* shift,
                         const float* slope, const float* offset, bool relu) {
  const float floor = relu ? 0 : -std::numeric_limits<float>::infinity();
  for (int64_t p = 0; p < positions; p++)
    for (int c = 0; c < kBlock; c++) {
      const auto i = p * kBlock + c;
      const float passed = plane[i] * scale[c] + shift[c] > floor ? gradient[i] : 0;
      gradient[i] = scale[c] * passed + (slope[c] * plane[i] + offset[c]);
    }
}

void max_pool(const float* plane, float* result, int64_t height, int64_t width, int64_t result_height, int64_t result_width,
              int64_t kernel, int64_t stride, int64_t padding) {
  for (int64_t row = 0; row < result_height; row++)
    for (int64_t column = 0; column < result_width; column++) {
      const auto top = row * stride - padding, left = column * stride - padding;
      float largest[kBlock];
      std::fill(largest, largest + kBlock, -std::numeric_limits<float>::infinity());
      for (auto y = std::max<int64_t>(top, 0); y < std::min(top + kernel, height); y++)
        for (auto x = std::max<int64_t>(left, 0); x < std::min(left + kernel, width); x++) {
          const float* values = plane + (y * width + x) * kBlock;
          for (int c = 0; c < kBlock; c++) largest[c] = largest[c] < values[c] ? values[c] : largest[c];
        }
      std::copy(largest, largest + kBlock, result + (row * result_width + column) * kBlock);
    }
}

void pack_weights(const float* weights, const float* scale, float* result, int64_t channels, int64_t taps, bool transposed,
                  int64_t step) {
  const auto row = channels * taps;
  for (int64_t block = 0; block < channels / kBlock; block++) {
    const float* from = weights + block * kBlock * taps;
    float* to = result + block * step;
    for (int64_t in = 0; in < kBlock; in++)
      for (int64_t tap = 0; tap < taps; tap++) {
        float* target = to + tap * kBlock * kBlock + (transposed ? in : in * kBlock);
        const float* source = from + in * taps + tap;
        if (transposed)
          for (int out = 0; out < kBlock; out++) target[out * kBlock] = source[out * row] * (scale ? scale[out] : 1);
        else
          for (int out = 0; out < kBlock; out++) target[out] = source[out * row] * (scale ? scale[out] : 1);
      }
  }
}

void unpack_gradients(const float* gradient, const float* weights, const float* scale, float* result, float* products,
                      int64_t channels, int64_t taps) {
  const auto row = channels * taps;
  float some[kBlock][kBlock] = {};
  for (int64_t block = 0; block < channels / kBlock; block++) {
    const float* from = gradient + block * taps * kBlock * kBlock;
    const auto place = block * kBlock * taps;
    for (int64_t part = 0; part < taps; part++) {  // 16 of the 16 * taps numbers that lie side by side in the plain layout
      float turned[kBlock][kBlock];
      for (int i = 0; i < kBlock; i++) {
        const auto in = (part * kBlock + i) / taps, tap = (part * kBlock + i) % taps;
        const float* source = from + (tap * kBlock + in) * kBlock;
        for (int out = 0; out < kBlock; out++) turned[out][i] = source[out];
      }
      for (int out = 0; out < kBlock; out++) {
        const auto begin = out * row + place + part * kBlock;
        float product[kBlock] = {};
        if (weights)
          for (int i = 0; i < kBlock; i++) product[i] = turned[out][i] * weights[begin + i];
        for (int i = 0; i < kBlock; i++) result[begin + i] = turned[out][i] * (scale ? scale[out] : 1);
        for (int i = 0; i < kBlock; i++) some[out][i] += product[i];
      }
    }
  }
  if (weights)
    for (int out = 0; out < kBlock; out++) products[out] = std::accumulate(some[out], some[out] + kBlock, 0.f);
}

}  // namespace paa::blocked
