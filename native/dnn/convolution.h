// Choice of oneDNN's kernel for one convolution.
#pragma once

#include <dnnl.hpp>

#include "engine.h"

namespace paa {

struct Convolution {
    Weights* weights;
    int stride, padding;
    bool residual, relu;
};

// The kernel for values of these layouts: Winograd's where it wins, else a direct one.
dnnl::convolution_forward::primitive_desc choose_kernel(const paa_dnn_engine& engine, const Convolution& convolution,
                                                        const dnnl::memory::desc& input, const dnnl::memory::desc& output);

}  // namespace paa
