// Layers that oneDNN lacks. Maps lie in blocks of `lanes` channels, [N, C / lanes, H * W, lanes], or with all channels of a
// position side by side, which is one block of C lanes. A source may be the target.
#pragma once

#include <cstddef>
#include <cstdint>

namespace paa {

struct GroupNorm {
  int groups;
  float epsilon;
  const float* gain;   // [channels]
  const float* shift;  // [channels]
  bool relu;
};

// Group norm over blocks. Channels beyond the real ones, which fill the last block, stay 0.
void group_norm(const float* source, float* target, int images, int channels, int64_t plane, int lanes, const GroupNorm& norm);

// Group norm over positions, [N, H * W, C]. Integers are value / step, rounded and clipped.
void group_norm_rows(const float* source, float* target, int images, int channels, int64_t plane, const GroupNorm& norm);
void group_norm_rows(const float* source, uint8_t* target, int images, int channels, int64_t plane, const GroupNorm& norm,
                     float step);
void group_norm_rows(const float* source, int8_t* target, int images, int channels, int64_t plane, const GroupNorm& norm,
                     float step);

// Float maps [N, C, H, W] as integers value * scales[c] + offsets[c] of [N, H + 2 padding, W + 2 padding, C]; the border is 0's.
void to_integers(const float* source, uint8_t* target, int images, int channels, int height, int width, int padding,
                 const float* scales, const float* offsets);

// first + second of `count` numbers, then ReLU or nothing.
void add(const float* first, const float* second, float* target, int64_t count, bool relu);

struct Size {
  int height, width;
};

// Another size by nearest neighbours, for `planes` maps whose positions have `bytes` bytes.
void resize(const char* source, Size from, char* target, Size to, int64_t planes, size_t bytes);

}  // namespace paa
