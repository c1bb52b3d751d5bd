#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels.h"
#include "vectorised.h"

namespace {

PAA_VECTORISED void add_range(const float* first, const float* second, float* target, int64_t count, float least) {
    for (int64_t i = 0; i < count; i++) target[i] = std::max(first[i] + second[i], least);
}

}  // namespace

void paa::add(const float* first, const float* second, float* target, int64_t count, bool relu) {
    constexpr int64_t chunk = 1 << 14;
    const float least = relu ? 0.0f : -INFINITY;
#pragma omp parallel for schedule(static)
    for (int64_t start = 0; start < count; start += chunk)
        add_range(first + start, second + start, target + start, std::min(chunk, count - start), least);
}

void paa::resize(const char* source, Size from, char* target, Size to, int64_t planes, size_t bytes) {
    // As PyTorch finds a neighbour: the position times the ratio of the sizes, both in single precision, rounded down.
    const float step_y = float(from.height) / float(to.height), step_x = float(from.width) / float(to.width);
    const auto neighbour = [](int position, float step, int size) { return std::min(int(float(position) * step), size - 1); };
#pragma omp parallel for collapse(2) schedule(static)
    for (int64_t p = 0; p < planes; p++)
        for (int y = 0; y < to.height; y++) {
            char* row = target + (p * to.height + y) * to.width * bytes;
            const char* nearest = source + (p * from.height + neighbour(y, step_y, from.height)) * from.width * bytes;
            for (int x = 0; x < to.width; x++)
                std::memcpy(row + x * bytes, nearest + neighbour(x, step_x, from.width) * bytes, bytes);
        }
}
