#include "convolution.h"

namespace {

using Kernel = dnnl::convolution_forward::primitive_desc;

dnnl::primitive_attr attributes(const paa::Convolution& convolution) {
    dnnl::post_ops after;
    if (convolution.residual) after.append_sum(1.0f);
#if DNNL_VERSION_MAJOR < 3
    if (convolution.relu) after.append_eltwise(1.0f, dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
#else
    if (convolution.relu) after.append_eltwise(dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
#endif
    dnnl::primitive_attr attributes;
    attributes.set_post_ops(after);
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);  // the plan lays it out with everything else
    return attributes;
}

Kernel describe(const paa_dnn_engine& engine, dnnl::algorithm algorithm, const paa::Convolution& convolution,
                const dnnl::memory::desc& input, const dnnl::memory::desc& output) {
    const auto type = dnnl::memory::data_type::f32;
    const auto any = dnnl::memory::format_tag::any;
    const dnnl::memory::desc weights(convolution.weights->plain().dims(), type, any);
    const dnnl::memory::desc bias = convolution.weights->bias.empty()
        ? dnnl::memory::desc() : dnnl::memory::desc({convolution.weights->outputs}, type, dnnl::memory::format_tag::x);
    const dnnl::memory::dims strides(2, convolution.stride), padding(2, convolution.padding);
    const auto inference = dnnl::prop_kind::forward_inference;
#if DNNL_VERSION_MAJOR < 3
    return Kernel({inference, algorithm, input, weights, bias, output, strides, padding, padding}, attributes(convolution),
                  engine.engine);
#else
    return Kernel(engine.engine, inference, algorithm, input, weights, bias, output, strides, padding, padding,
                  attributes(convolution));
#endif
}

// Winograd's F(4x4, 3x3) does 2.25 to 4 times fewer products but moves more data: it wins on wide layers.
bool suits_winograd(const paa::Convolution& convolution) {
    constexpr int wide = 64;
    const auto& weights = *convolution.weights;
    return weights.kernel == 3 && convolution.stride == 1 && convolution.padding == 1 && weights.groups == 1 &&
           weights.inputs >= wide && weights.outputs >= wide;
}

}  // namespace

Kernel paa::choose_kernel(const paa_dnn_engine& engine, const Convolution& convolution, const dnnl::memory::desc& input,
                          const dnnl::memory::desc& output) {
    if (suits_winograd(convolution)) {
        try {
            return describe(engine, dnnl::algorithm::convolution_winograd, convolution, input, output);
        } catch (const dnnl::error& error) {
            if (error.status != dnnl_unimplemented) throw;  // not on this processor, or not in this oneDNN
        }
    }
    return describe(engine, dnnl::algorithm::convolution_direct, convolution, input, output);
}
