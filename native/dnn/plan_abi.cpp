// The functions of paa_dnn.h that record, compile and run plans.
#include <algorithm>

#include "../common/status.h"
#include "plan.h"

using paa::Failure;
using paa::Layer;
using paa::LayerKind;
using paa::Value;

paa_status paa_dnn_plan_create(paa_dnn_engine* engine, int32_t batch, paa_dnn_plan** plan) {
  return paa::guard([&] { *plan = new paa_dnn_plan(*engine, batch); });
}

void paa_dnn_plan_free(paa_dnn_plan* plan) { delete plan; }

paa_status paa_dnn_plan_input(paa_dnn_plan* plan, int32_t channels, int32_t height, int32_t width, int32_t* value) {
  return paa::guard([&] { *value = plan->record_input(channels, height, width); });
}

paa_status paa_dnn_plan_convolution(paa_dnn_plan* plan, int32_t input, int32_t weights, int32_t stride, int32_t padding,
                                    int32_t residual, int32_t relu, int32_t* value) {
  return paa::guard([&] {
    auto& own = plan->weights(weights);
    const Value from = plan->value(input);
    if (from.channels != own.inputs)
      throw Failure("convolution: the input has " + std::to_string(from.channels) + " channels, the weights want " +
                    std::to_string(own.inputs));
    if (stride < 1 || padding < 0) throw Failure("convolution: stride or padding is out of range");
    const int height = (from.height + 2 * padding - own.kernel) / stride + 1;
    const int width = (from.width + 2 * padding - own.kernel) / stride + 1;
    if (residual >= 0) {
      const Value& added = plan->value(residual);
      if (residual == 0 || added.channels != own.outputs || added.height != height || added.width != width)
        throw Failure("convolution: the residual is not of the result's shape");
    }
    Layer layer{LayerKind::convolution, input, residual};
    layer.convolution = {&own, stride, padding, relu != 0};
    *value = plan->record(std::move(layer), own.outputs, height, width);
  });
}

paa_status paa_dnn_plan_group_norm(paa_dnn_plan* plan, int32_t input, int32_t groups, float epsilon, const float* gain,
                                   const float* shift, int32_t relu, int32_t* value) {
  return paa::guard([&] {
    const Value from = plan->value(input);
    if (input == 0 || groups < 1 || from.channels % groups)
      throw Failure("group norm: the channels are not a multiple of groups");
    Layer layer{LayerKind::group_norm, input};
    layer.groups = groups, layer.epsilon = epsilon, layer.relu = relu != 0;
    layer.gain.assign(gain, gain + from.channels);
    layer.shift.assign(shift, shift + from.channels);
    *value = plan->record(std::move(layer), from.channels, from.height, from.width);
  });
}

paa_status paa_dnn_plan_max_pool(paa_dnn_plan* plan, int32_t input, int32_t kernel, int32_t stride, int32_t padding,
                                 int32_t* value) {
  return paa::guard([&] {
    const Value from = plan->value(input);
    if (input == 0 || kernel < 1 || stride < 1 || padding < 0 || padding >= kernel)
      throw Failure("max pool: kernel, stride or padding is out of range");
    Layer layer{LayerKind::max_pool, input};
    layer.window = kernel, layer.stride = stride, layer.padding = padding;
    *value = plan->record(std::move(layer), from.channels, (from.height + 2 * padding - kernel) / stride + 1,
                          (from.width + 2 * padding - kernel) / stride + 1);
  });
}

paa_status paa_dnn_plan_resize(paa_dnn_plan* plan, int32_t input, int32_t height, int32_t width, int32_t* value) {
  return paa::guard([&] {
    if (input == 0) throw Failure("resize: the input must be a map");
    const int channels = plan->value(input).channels;
    *value = plan->record({LayerKind::resize, input}, channels, height, width);
  });
}

paa_status paa_dnn_plan_add(paa_dnn_plan* plan, int32_t first, int32_t second, int32_t relu, int32_t* value) {
  return paa::guard([&] {
    const Value to = plan->value(first);
    const Value& from = plan->value(second);
    if (first == 0 || second == 0 || from.channels != to.channels || from.height != to.height || from.width != to.width)
      throw Failure("add: both must be maps of one shape, and not the input");
    Layer layer{LayerKind::add, first, second};
    layer.relu = relu != 0;
    *value = plan->record(std::move(layer), to.channels, to.height, to.width);
  });
}

paa_status paa_dnn_plan_quantize(paa_dnn_plan* plan, int32_t value, float step, int32_t is_signed) {
  return paa::guard([&] { plan->quantize(value, {step, is_signed != 0}); });
}

paa_status paa_dnn_plan_quantize_input(paa_dnn_plan* plan, const float* scales, const float* offsets) {
  return paa::guard([&] { plan->quantize_input(scales, offsets); });
}

paa_status paa_dnn_plan_observe(paa_dnn_plan* plan, int32_t value) {
  return paa::guard([&] { plan->observe(value); });
}

paa_status paa_dnn_plan_observed(const paa_dnn_plan* plan, int32_t value, int64_t* bins, float* limit, float* least,
                                 double* means) {
  return paa::guard([&] {
    const auto& seen = plan->observation(value);
    if (seen.bins().empty()) throw Failure("the plan has not run yet");
    std::copy(seen.bins().begin(), seen.bins().end(), bins);
    *limit = seen.limit(), *least = seen.least();
    const auto own = seen.means();
    std::copy(own.begin(), own.end(), means);
  });
}

paa_status paa_dnn_plan_output(paa_dnn_plan* plan, int32_t value) {
  return paa::guard([&] { plan->record_output(value); });
}

paa_status paa_dnn_plan_shape(const paa_dnn_plan* plan, int32_t value, int32_t shape[4]) {
  return paa::guard([&] {
    const Value& of = plan->value(value);
    shape[0] = plan->batch, shape[1] = of.channels, shape[2] = of.height, shape[3] = of.width;
  });
}

paa_status paa_dnn_plan_compile(paa_dnn_plan* plan) {
  return paa::guard([&] { plan->compile(); });
}

paa_status paa_dnn_plan_run(paa_dnn_plan* plan, const float* input, float* const* outputs) {
  return paa::guard([&] { plan->run(input, outputs); });
}
