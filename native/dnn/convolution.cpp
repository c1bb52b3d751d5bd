#include "convolution.h"

#include "scales.h"

namespace {

using paa::Convolution;
using paa::ConvolutionMaps;
using Kernel = dnnl::convolution_forward::primitive_desc;
using dnnl::memory;

#if DNNL_VERSION_MAJOR < 3
// The sum of an integer convolution stands for this much: one factor for each output.
std::vector<float> sum_steps(const Convolution& convolution, float input_step) {
  std::vector<float> steps = convolution.weights->steps;
  for (float& step : steps) step *= input_step;
  return steps;
}
#endif

dnnl::primitive_attr attributes(const Convolution& convolution, const ConvolutionMaps& maps) {
  const bool is_int8 = convolution.weights->is_int8();
  dnnl::primitive_attr attributes;
  dnnl::post_ops after;
#if DNNL_VERSION_MAJOR < 3
  const float unit = maps.result.step;  // everything is counted in steps of the result
  if (is_int8) {
    std::vector<float> factors = sum_steps(convolution, maps.input.step);
    for (float& factor : factors) factor /= unit;
    attributes.set_output_scales(1 << 1, factors);
  }
  if (maps.residual) after.append_sum(maps.residual->step / unit, maps.residual->layout.data_type());
  if (convolution.relu) after.append_eltwise(1.0f, dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
#else
  if (is_int8) {
    attributes.set_scales_mask(DNNL_ARG_SRC, 0);
    attributes.set_scales_mask(DNNL_ARG_WEIGHTS, convolution.weights->groups == 1 ? 1 << 0 : 1 << 0 | 1 << 1);
    attributes.set_scales_mask(DNNL_ARG_DST, 0);
  }
  if (maps.residual) after.append_sum(maps.residual->step, 0, maps.residual->layout.get_data_type());
  if (convolution.relu) after.append_eltwise(dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
#endif
  attributes.set_post_ops(after);
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);  // the plan lays it out with everything else
  return attributes;
}

Kernel describe(const paa_dnn_engine& engine, dnnl::prop_kind kind, dnnl::algorithm algorithm, const Convolution& convolution,
                const ConvolutionMaps& maps) {
  const auto any = memory::format_tag::any;
  const memory::desc weights(convolution.weights->shape(), convolution.weights->type(), any);
  const memory::desc bias = convolution.weights->bias.empty()
                                ? memory::desc()
                                : memory::desc({convolution.weights->outputs}, memory::data_type::f32, memory::format_tag::x);
  const memory::dims strides(2, convolution.stride), padding(2, convolution.padding);
  const auto &input = maps.input.layout, &output = maps.result.layout;
#if DNNL_VERSION_MAJOR < 3
  return Kernel({kind, algorithm, input, weights, bias, output, strides, padding, padding}, attributes(convolution, maps),
                engine.engine);
#else
  return Kernel(engine.engine, kind, algorithm, input, weights, bias, output, strides, padding, padding,
                attributes(convolution, maps));
#endif
}

// Winograd's F(4x4, 3x3) does 2.25 to 4 times fewer products but moves more data: it wins on wide layers, two to three times
// here. On small maps the direct kernel is as fast.
bool suits_winograd(const Convolution& convolution, const ConvolutionMaps& maps) {
  constexpr int wide = 64, large = 512;
  const auto& weights = *convolution.weights;
  return !weights.is_int8() && weights.kernel == 3 && convolution.stride == 1 && convolution.padding == 1 &&
         weights.groups == 1 && weights.inputs >= wide && weights.outputs >= wide && maps.positions >= large;
}

}  // namespace

// The Winograd kernel is the one for training. It reads the weights in the layout of the direct kernels and transforms them in
// every run, which takes 1 ms for 256 channels and 4 ms for 512 on one thread. The kernel for inference wants them transformed
// already: they take four times the memory, and maps of another size want yet another layout.
Kernel paa::choose_kernel(const paa_dnn_engine& engine, const Convolution& convolution, const ConvolutionMaps& maps) {
  if (suits_winograd(convolution, maps)) {
    try {
      return describe(engine, dnnl::prop_kind::forward_training, dnnl::algorithm::convolution_winograd, convolution, maps);
    } catch (const dnnl::error& error) {
      if (error.status != dnnl_unimplemented) throw;  // not on this processor, or not in this oneDNN
    }
  }
  return describe(engine, dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, convolution, maps);
}

std::unordered_map<int, memory> paa::constants(const paa_dnn_engine& engine, const Convolution& convolution,
                                               const ConvolutionMaps& maps, const Kernel& kernel) {
  auto& own = *convolution.weights;
  std::unordered_map<int, memory> arguments{{DNNL_ARG_WEIGHTS, own.find(kernel.weights_desc())->memory}};
  std::vector<float> bias = own.bias;
  if (own.is_int8()) {
#if DNNL_VERSION_MAJOR < 3
    const auto steps = sum_steps(convolution, maps.input.step);  // the bias is added to the integers' sum, before its factor
    for (size_t i = 0; i < bias.size(); i++) bias[i] /= steps[i];
#else
    arguments.emplace(DNNL_ARG_ATTR_SCALES | DNNL_ARG_SRC, vector_memory(engine.engine, {maps.input.step}));
    arguments.emplace(DNNL_ARG_ATTR_SCALES | DNNL_ARG_WEIGHTS, vector_memory(engine.engine, own.steps));
    arguments.emplace(DNNL_ARG_ATTR_SCALES | DNNL_ARG_DST, vector_memory(engine.engine, {maps.result.step}));
#endif
  }
  if (!bias.empty()) arguments.emplace(DNNL_ARG_BIAS, vector_memory(engine.engine, bias));
  return arguments;
}
