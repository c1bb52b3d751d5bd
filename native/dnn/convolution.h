// Choice of oneDNN's kernel for one convolution, in float32 or with 8-bit weights.
#pragma once

#include <optional>
#include <unordered_map>

#include "engine.h"
#include "map.h"

namespace paa {

struct Convolution {
  Weights* weights;
  int stride, padding;
  bool relu;
};

// The maps of a convolution; a residual lies where the result will be, and may differ from it in type and step only.
struct ConvolutionMaps {
  MapFormat input, result;
  std::optional<MapFormat> residual;
  int64_t positions;  // of the result, in all images
};

// The kernel for values of these formats: Winograd's where it wins, else a direct one.
dnnl::convolution_forward::primitive_desc choose_kernel(const paa_dnn_engine& engine, const Convolution& convolution,
                                                        const ConvolutionMaps& maps);

// Its arguments that are the same in every run: weights, bias, steps.
std::unordered_map<int, dnnl::memory> constants(const paa_dnn_engine& engine, const Convolution& convolution,
                                                const ConvolutionMaps& maps,
                                                const dnnl::convolution_forward::primitive_desc& kernel);

}  // namespace paa
