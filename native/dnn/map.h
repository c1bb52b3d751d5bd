// How the maps between layers lie in memory.
#pragma once

#include <dnnl.hpp>

namespace paa {

// How 8-bit integers stand for the values of a map: value = step * integer.
struct Quantization {
  float step = 0;  // 0: not known
  bool is_signed = false;
};

enum class Form {
  plain,    // float32 [N, C, H, W]: the plan's input and outputs
  blocked,  // float32 in blocks of channels: what float32 kernels want
  rows,     // float32 [N, H, W, C]: what integer kernels give where integers would not do
  int8,     // 8-bit integers [N, H, W, C]
};

// The memory of a map, and what an element stands for: value = step * element.
struct MapFormat {
  dnnl::memory::desc layout;
  float step = 1;
};

}  // namespace paa
