// Weights of 3x3 convolutions as oneDNN's Winograd kernel F(4x4, 3x3) wants them: in a tenth of the time that its reorder takes, which
// is half a second for a ResNet-50, at every start of a program.
#pragma once

#include <dnnl.hpp>

namespace paa {

// Whether transform_weights can write this layout. oneDNN 3 does not tell what is in one.
bool can_transform(const dnnl::memory::desc& layout);

// G w G^T of every kernel w (Lavin and Gray, CVPR 2016, section 4.1).
// weights: [outputs, inputs, 3, 3]. result: memory of the layout.
void transform_weights(const float* weights, const dnnl::memory::desc& layout, float* result);

}  // namespace paa
