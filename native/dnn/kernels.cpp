#include "kernels.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

// One version for each instruction set, chosen when the library is loaded.
#define PAA_VECTORISED __attribute__((target_clones("avx512f", "avx2", "default")))

namespace {

// Sums and squared sums of each lane over a block of positions, accumulated in double across blocks of 256: single
// precision within a short block loses nothing that counts.
template <int lanes>
inline __attribute__((always_inline)) void lane_sums(const float* plane, int64_t positions, double* sum, double* squares) {
    constexpr int64_t block = 256;
    for (int64_t start = 0; start < positions; start += block) {
        const int64_t end = std::min(positions, start + block);
        float s[lanes] = {}, q[lanes] = {};
        for (int64_t i = start; i < end; i++)
            for (int lane = 0; lane < lanes; lane++) {
                const float x = plane[i * lanes + lane];
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
inline __attribute__((always_inline)) void scale_and_shift(float* plane, int64_t positions, const float* scale, const float* shift,
                                                           float least) {
    for (int64_t i = 0; i < positions; i++)
        for (int lane = 0; lane < lanes; lane++) {
            const float x = plane[i * lanes + lane] * scale[lane] + shift[lane];
            plane[i * lanes + lane] = x > least ? x : least;
        }
}

PAA_VECTORISED void sums_16(const float* plane, int64_t positions, double* sum, double* squares) {
    lane_sums<16>(plane, positions, sum, squares);
}
PAA_VECTORISED void sums_8(const float* plane, int64_t positions, double* sum, double* squares) {
    lane_sums<8>(plane, positions, sum, squares);
}
PAA_VECTORISED void apply_16(float* plane, int64_t positions, const float* scale, const float* shift, float least) {
    scale_and_shift<16>(plane, positions, scale, shift, least);
}
PAA_VECTORISED void apply_8(float* plane, int64_t positions, const float* scale, const float* shift, float least) {
    scale_and_shift<8>(plane, positions, scale, shift, least);
}

// The smallest run of blocks that holds whole groups: one thread measures it and normalises it while it is in cache.
void normalise_unit(float* unit, int first_channel, int channels, int group_size, int64_t plane, int lanes,
                    const paa::GroupNorm& norm) {
    const int blocks = (channels + lanes - 1) / lanes;
    std::vector<double> sum(blocks * lanes), squares(blocks * lanes);
    for (int b = 0; b < blocks; b++)
        (lanes == 16 ? sums_16 : sums_8)(unit + b * plane * lanes, plane, &sum[b * lanes], &squares[b * lanes]);

    std::vector<float> scale(blocks * lanes), shift(blocks * lanes);  // 0 for channels that fill the last block
    for (int first = 0; first < channels; first += group_size) {
        const int last = std::min(channels, first + group_size);
        const double count = double(last - first) * double(plane);
        const double mean = std::accumulate(&sum[first], &sum[last], 0.0) / count;
        const double square = std::accumulate(&squares[first], &squares[last], 0.0) / count;
        const double deviation = std::sqrt(std::max(0.0, square - mean * mean) + norm.epsilon);
        for (int c = first; c < last; c++) {
            const double gain = norm.gain[first_channel + c] / deviation;
            scale[c] = float(gain);
            shift[c] = float(norm.shift[first_channel + c] - mean * gain);
        }
    }
    const float least = norm.relu ? 0.0f : -INFINITY;
    for (int b = 0; b < blocks; b++)
        (lanes == 16 ? apply_16 : apply_8)(unit + b * plane * lanes, plane, &scale[b * lanes], &shift[b * lanes], least);
}

}  // namespace

void paa::group_norm(float* value, int images, int channels, int64_t plane, int lanes, const GroupNorm& norm) {
    const int group_size = channels / norm.groups;
    const int unit = std::min(std::lcm(group_size, lanes), (channels + lanes - 1) / lanes * lanes);  // channels
    const int units = (channels + unit - 1) / unit;
    const int64_t image = int64_t((channels + lanes - 1) / lanes) * lanes * plane;
#pragma omp parallel for collapse(2) schedule(static)
    for (int n = 0; n < images; n++)
        for (int u = 0; u < units; u++)
            normalise_unit(value + n * image + int64_t(u) * unit * plane, u * unit, std::min(unit, channels - u * unit),
                           group_size, plane, lanes, norm);
}

void paa::add_enlarged(float* fine, const float* coarse, int64_t planes, int fine_height, int fine_width, int coarse_height,
                       int coarse_width, int lanes, bool relu) {
    // As PyTorch finds a neighbour: the position times the ratio of the sizes, both in single precision, rounded down.
    const float step_y = float(coarse_height) / float(fine_height), step_x = float(coarse_width) / float(fine_width);
    const auto neighbour = [](int position, float step, int size) { return std::min(int(float(position) * step), size - 1); };
    const float least = relu ? 0.0f : -INFINITY;
#pragma omp parallel for collapse(2) schedule(static)
    for (int64_t p = 0; p < planes; p++)
        for (int y = 0; y < fine_height; y++) {
            float* row = fine + (p * fine_height + y) * fine_width * lanes;
            const float* source = coarse + (p * coarse_height + neighbour(y, step_y, coarse_height)) * coarse_width * lanes;
            for (int x = 0; x < fine_width; x++) {
                const float* nearest = source + int64_t(neighbour(x, step_x, coarse_width)) * lanes;
                for (int lane = 0; lane < lanes; lane++)
                    row[x * lanes + lane] = std::max(row[x * lanes + lane] + nearest[lane], least);
            }
        }
}
