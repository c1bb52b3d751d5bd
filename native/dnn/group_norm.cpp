#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "kernels.h"
#include "vectorised.h"

namespace {

constexpr float lowest = std::numeric_limits<float>::lowest();

// Sums and squared sums of each lane over positions that lie `stride` numbers apart, accumulated in double across blocks of
// 256: single precision within a short block loses nothing that counts.
template <int lanes>
PAA_INLINE void lane_sums(const float* plane, int64_t positions, int64_t stride, double* sum, double* squares) {
  constexpr int64_t block = 256;
  for (int64_t start = 0; start < positions; start += block) {
    const int64_t end = std::min(positions, start + block);
    float s[lanes] = {}, q[lanes] = {};
    for (int64_t i = start; i < end; i++)
      for (int lane = 0; lane < lanes; lane++) {
        const float x = plane[i * stride + lane];
        s[lane] += x;
        q[lane] += x * x;
      }
    for (int lane = 0; lane < lanes; lane++) {
      sum[lane] += s[lane];
      squares[lane] += q[lane];
    }
  }
}

template <int lanes>
PAA_INLINE void scale_and_shift(const float* plane, float* target, int64_t positions, const float* scale, const float* shift,
                                float least) {
  for (int64_t i = 0; i < positions; i++)
    for (int lane = 0; lane < lanes; lane++) {
      const float x = plane[i * lanes + lane] * scale[lane] + shift[lane];
      target[i * lanes + lane] = x > least ? x : least;
    }
}

PAA_VECTORISED void sums_16(const float* plane, int64_t positions, double* sum, double* squares) {
  lane_sums<16>(plane, positions, 16, sum, squares);
}
PAA_VECTORISED void sums_8(const float* plane, int64_t positions, double* sum, double* squares) {
  lane_sums<8>(plane, positions, 8, sum, squares);
}
PAA_VECTORISED void sums_rows(const float* rows, int64_t positions, int channels, double* sum, double* squares) {
  int c = 0;
  for (; c + 64 <= channels; c += 64) lane_sums<64>(rows + c, positions, channels, sum + c, squares + c);
  for (; c + 16 <= channels; c += 16) lane_sums<16>(rows + c, positions, channels, sum + c, squares + c);
  for (; c < channels; c++) lane_sums<1>(rows + c, positions, channels, sum + c, squares + c);
}
PAA_VECTORISED void apply_16(const float* plane, float* target, int64_t positions, const float* scale, const float* shift,
                             float least) {
  scale_and_shift<16>(plane, target, positions, scale, shift, least);
}
PAA_VECTORISED void apply_8(const float* plane, float* target, int64_t positions, const float* scale, const float* shift,
                            float least) {
  scale_and_shift<8>(plane, target, positions, scale, shift, least);
}

// The row of one position. Integers: adding an offset makes all values positive, where cutting the fraction off rounds down.
PAA_VECTORISED void apply_row(const float* row, float* target, int channels, const float* scale, const float* shift,
                              float least) {
  for (int c = 0; c < channels; c++) target[c] = std::max(row[c] * scale[c] + shift[c], least);
}
PAA_VECTORISED void apply_row(const float* row, uint8_t* target, int channels, const float* scale, const float* shift, float) {
  for (int c = 0; c < channels; c++)
    target[c] = uint8_t(int(std::min(std::max(row[c] * scale[c] + shift[c], 0.0f), 255.0f) + 0.5f));
}
PAA_VECTORISED void apply_row(const float* row, int8_t* target, int channels, const float* scale, const float* shift,
                              float least) {
  least = std::max(least, -127.0f);
  for (int c = 0; c < channels; c++)
    target[c] = int8_t(int(std::min(std::max(row[c] * scale[c] + shift[c], least), 127.0f) + 128.5f) - 128);
}

// Group norm as one factor and one summand a channel, from the channels' sums over `plane` positions.
struct Line {
  std::vector<float> scale, shift;

  Line(const double* sum, const double* squares, int channels, int64_t plane, int first_channel, const paa::GroupNorm& norm,
       int group_size, float step = 1)
      : scale(channels), shift(channels) {
    for (int first = 0; first < channels; first += group_size) {
      const int last = std::min(channels, first + group_size);
      const double count = double(last - first) * double(plane);
      const double mean = std::accumulate(sum + first, sum + last, 0.0) / count;
      const double square = std::accumulate(squares + first, squares + last, 0.0) / count;
      const double deviation = std::sqrt(std::max(0.0, square - mean * mean) + norm.epsilon);
      for (int c = first; c < last; c++) {
        const double gain = norm.gain[first_channel + c] / deviation;
        scale[c] = float(gain / step);
        shift[c] = float((norm.shift[first_channel + c] - mean * gain) / step);
      }
    }
  }
};

// The smallest run of blocks that holds whole groups: one thread measures it and normalises it while it is in cache.
void normalise_unit(const float* source, float* target, int first_channel, int channels, int group_size, int64_t plane, int lanes,
                    const paa::GroupNorm& norm) {
  const int blocks = (channels + lanes - 1) / lanes;
  std::vector<double> sum(blocks * lanes), squares(blocks * lanes);
  for (int b = 0; b < blocks; b++)
    (lanes == 16 ? sums_16 : sums_8)(source + b * plane * lanes, plane, &sum[b * lanes], &squares[b * lanes]);
  Line line(sum.data(), squares.data(), channels, plane, first_channel, norm, group_size);
  line.scale.resize(blocks * lanes);  // 0 for channels that fill the last block
  line.shift.resize(blocks * lanes);
  const float least = norm.relu ? 0.0f : lowest;
  for (int b = 0; b < blocks; b++)
    (lanes == 16 ? apply_16 : apply_8)(source + b * plane * lanes, target + b * plane * lanes, plane, &line.scale[b * lanes],
                                       &line.shift[b * lanes], least);
}

// Statistics over chunks of positions, summed in their order: the result does not depend on the number of threads.
template <typename Element>
void normalise_rows(const float* source, Element* target, int images, int channels, int64_t plane, const paa::GroupNorm& norm,
                    float step) {
  constexpr int64_t chunk = 512;
  const int64_t chunks = (plane + chunk - 1) / chunk;
  const float least = norm.relu ? 0.0f : lowest;
  for (int n = 0; n < images; n++, source += plane * channels, target += plane * channels) {
    std::vector<double> sums(size_t(chunks) * 2 * channels);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < chunks; i++)
      sums_rows(source + i * chunk * channels, std::min(chunk, plane - i * chunk), channels, &sums[i * 2 * channels],
                &sums[(i * 2 + 1) * channels]);
    for (int64_t i = 1; i < chunks; i++)
      for (int c = 0; c < 2 * channels; c++) sums[c] += sums[i * 2 * channels + c];
    const Line line(sums.data(), sums.data() + channels, channels, plane, 0, norm, channels / norm.groups, step);
#pragma omp parallel for schedule(static)
    for (int64_t p = 0; p < plane; p++)
      apply_row(source + p * channels, target + p * channels, channels, line.scale.data(), line.shift.data(), least);
  }
}

}  // namespace

void paa::group_norm(const float* source, float* target, int images, int channels, int64_t plane, int lanes,
                     const GroupNorm& norm) {
  const int group_size = channels / norm.groups;
  const int unit = std::min(std::lcm(group_size, lanes), (channels + lanes - 1) / lanes * lanes);  // channels
  const int units = (channels + unit - 1) / unit;
  const int64_t image = int64_t((channels + lanes - 1) / lanes) * lanes * plane;
#pragma omp parallel for collapse(2) schedule(static)
  for (int n = 0; n < images; n++)
    for (int u = 0; u < units; u++) {
      const int64_t start = n * image + int64_t(u) * unit * plane;
      normalise_unit(source + start, target + start, u * unit, std::min(unit, channels - u * unit), group_size, plane, lanes,
                     norm);
    }
}

void paa::group_norm_rows(const float* source, float* target, int images, int channels, int64_t plane, const GroupNorm& norm) {
  normalise_rows(source, target, images, channels, plane, norm, 1);
}

void paa::group_norm_rows(const float* source, uint8_t* target, int images, int channels, int64_t plane, const GroupNorm& norm,
                          float step) {
  normalise_rows(source, target, images, channels, plane, norm, step);
}

void paa::group_norm_rows(const float* source, int8_t* target, int images, int channels, int64_t plane, const GroupNorm& norm,
                          float step) {
  normalise_rows(source, target, images, channels, plane, norm, step);
}
