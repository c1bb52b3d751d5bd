// Layers that oneDNN lacks, on values in blocks of `lanes` channels: [N, C / lanes, H * W, lanes].
#pragma once

#include <cstdint>

namespace paa {

struct GroupNorm {
    int groups;
    float epsilon;
    const float* gain;   // [channels]
    const float* shift;  // [channels]
    bool relu;
};

// Normalises in place. Channels beyond the real ones, which fill the last block, stay 0.
void group_norm(float* value, int images, int channels, int64_t plane, int lanes, const GroupNorm& norm);

// fine += coarse, enlarged by nearest neighbours where it is smaller, then ReLU or nothing; `planes` blocks of channels over
// all images.
void add_enlarged(float* fine, const float* coarse, int64_t planes, int fine_height, int fine_width, int coarse_height,
                  int coarse_width, int lanes, bool relu);

}  // namespace paa
