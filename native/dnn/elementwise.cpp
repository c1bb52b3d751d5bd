#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

#include "kernels.h"
#include "vectorised.h"

namespace {

constexpr float lowest = std::numeric_limits<float>::lowest();

PAA_VECTORISED void add_range(const float* first, const float* second, float* target, int64_t count, float least) {
  for (int64_t i = 0; i < count; i++) target[i] = std::max(first[i] + second[i], least);
}

PAA_VECTORISED void row_to_integers(const float* source, uint8_t* target, int count, float scale, float offset) {
  for (int i = 0; i < count; i++) target[i] = uint8_t(int(std::min(std::max(source[i] * scale + offset, 0.0f), 255.0f) + 0.5f));
}

}  // namespace

void paa::to_integers(const float* source, uint8_t* target, int images, int channels, int height, int width, int padding,
                      const float* scales, const float* offsets) {
  std::vector<uint8_t> zeros(channels);
  const float zero = 0;
  for (int c = 0; c < channels; c++) row_to_integers(&zero, &zeros[c], 1, scales[c], offsets[c]);
  const int rows = height + 2 * padding, columns = width + 2 * padding;
#pragma omp parallel
  {
    std::vector<uint8_t> values(width);
#pragma omp for collapse(2) schedule(static)
    for (int n = 0; n < images; n++)
      for (int y = 0; y < rows; y++) {
        uint8_t* row = target + (int64_t(n) * rows + y) * columns * channels;
        for (int i = 0; i < columns * channels; i++) row[i] = zeros[i % channels];
        if (y < padding || y >= padding + height) continue;
        for (int c = 0; c < channels; c++) {
          const float* from = source + ((int64_t(n) * channels + c) * height + y - padding) * width;
          row_to_integers(from, values.data(), width, scales[c], offsets[c]);
          for (int x = 0; x < width; x++) row[(x + padding) * channels + c] = values[x];
        }
      }
  }
}

void paa::add(const float* first, const float* second, float* target, int64_t count, bool relu) {
  constexpr int64_t chunk = 1 << 14;
  const float least = relu ? 0.0f : lowest;
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
      for (int x = 0; x < to.width; x++) std::memcpy(row + x * bytes, nearest + neighbour(x, step_x, from.width) * bytes, bytes);
    }
}
