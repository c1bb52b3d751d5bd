// What the layers of a plan do when it runs.
#include <cstring>

#include "../common/status.h"
#include "plan.h"
#include "scales.h"

using dnnl::memory;
using paa::Form;
using paa::Layer;
using paa::LayerKind;
using paa::Step;
using paa::Value;

Step paa_dnn_plan::step(int layer_index) {
  const Layer& layer = layers_[layer_index];
  switch (layer.kind) {
    case LayerKind::convolution: return convolution_step(layer_index);
    case LayerKind::max_pool: return pool_step(layer);
    case LayerKind::group_norm: return norm_step(layer);
    case LayerKind::resize: return resize_step(layer);
    case LayerKind::add: return add_step(layer);
    case LayerKind::observe: return observe_step(layer);
    case LayerKind::convert: return convert_step(layer);
    case LayerKind::to_integers: return to_integers_step(layer);
    case LayerKind::output: break;
  }
  return output_step(layer);
}

Step paa_dnn_plan::convolution_step(int layer_index) {
  const Layer& layer = layers_[layer_index];
  const auto& kernel = kernels_[layer_index];
  const auto maps = convolution_maps(layer);
  const bool from_caller = layer.input == 0;
  memory input(maps.input.layout, engine_.engine, nullptr);
  memory result(maps.result.layout, engine_.engine, nullptr);
  memory scratch(kernel.scratchpad_desc(), engine_.engine, nullptr);
  auto arguments = paa::constants(engine_, layer.convolution, maps, kernel);
  arguments.insert({{DNNL_ARG_SRC, input}, {DNNL_ARG_DST, result}, {DNNL_ARG_SCRATCHPAD, scratch}});
  const auto prepare = layer.second >= 0 ? copy_step(layer.second, layer.result) : Step();
  const size_t scratch_offset = scratch_[layer_index] >= 0 ? storages_[scratch_[layer_index]].offset : 0;
  return [this, primitive = dnnl::convolution_forward(kernel), arguments, input, result, scratch, scratch_offset, prepare,
          from_caller, source = layer.input, target = layer.result](const paa::Run& run) mutable {
    if (prepare) prepare(run);
    input.set_data_handle(from_caller ? const_cast<float*>(run.input) : reinterpret_cast<float*>(at(run, source)));
    result.set_data_handle(at(run, target));
    scratch.set_data_handle(run.working + scratch_offset);
    primitive.execute(engine_.stream, arguments);
  };
}

Step paa_dnn_plan::pool_step(const Layer& layer) {
  const memory::dims window(2, layer.window), strides(2, layer.stride), padding(2, layer.padding), dilation(2, 0);
  const auto from = format(values_[layer.input]).layout, to = format(values_[layer.result]).layout;
  const auto inference = dnnl::prop_kind::forward_inference;
  const auto algorithm = dnnl::algorithm::pooling_max;
#if DNNL_VERSION_MAJOR < 3
  const dnnl::pooling_forward::primitive_desc kernel({inference, algorithm, from, to, strides, window, padding, padding},
                                                     engine_.engine);
#else
  const dnnl::pooling_forward::primitive_desc kernel(engine_.engine, inference, algorithm, from, to, strides, window, dilation,
                                                     padding, padding);
#endif
  memory input(from, engine_.engine, nullptr), result(to, engine_.engine, nullptr);
  return [this, primitive = dnnl::pooling_forward(kernel), input, result, source = layer.input,
          target = layer.result](const paa::Run& run) mutable {
    input.set_data_handle(at(run, source));
    result.set_data_handle(at(run, target));
    primitive.execute(engine_.stream, {{DNNL_ARG_SRC, input}, {DNNL_ARG_DST, result}});
  };
}

Step paa_dnn_plan::norm_step(const Layer& layer) {
  return [this, source = layer.input, target = layer.result, to = values_[layer.result],
          norm = paa::GroupNorm{layer.groups, layer.epsilon, layer.gain.data(), layer.shift.data(), layer.relu}](
             const paa::Run& run) {
    engine_.stream.wait();
    const auto* from = reinterpret_cast<const float*>(at(run, source));
    char* result = at(run, target);
    const int64_t plane = int64_t(to.height) * to.width;
    if (to.form == Form::blocked)
      paa::group_norm(from, reinterpret_cast<float*>(result), batch, to.channels, plane, engine_.lanes, norm);
    else if (to.form == Form::rows)
      paa::group_norm_rows(from, reinterpret_cast<float*>(result), batch, to.channels, plane, norm);
    else if (to.quantization.is_signed)
      paa::group_norm_rows(from, reinterpret_cast<int8_t*>(result), batch, to.channels, plane, norm, to.quantization.step);
    else
      paa::group_norm_rows(from, reinterpret_cast<uint8_t*>(result), batch, to.channels, plane, norm, to.quantization.step);
  };
}

Step paa_dnn_plan::resize_step(const Layer& layer) {
  const Value from = values_[layer.input], to = values_[layer.result];
  const int lanes = to.form == Form::blocked ? engine_.lanes : to.channels;
  const int64_t planes = int64_t(batch) * ((to.channels + lanes - 1) / lanes);
  const size_t bytes = to.form == Form::int8 ? lanes : lanes * sizeof(float);
  return [this, from, to, planes, bytes, source = layer.input, target = layer.result](const paa::Run& run) {
    engine_.stream.wait();
    paa::resize(at(run, source), {from.height, from.width}, at(run, target), {to.height, to.width}, planes, bytes);
  };
}

Step paa_dnn_plan::add_step(const Layer& layer) {
  const auto count = int64_t(bytes(values_[layer.result]) / sizeof(float));
  const int first = layer.input, second = layer.second, target = layer.result;
  return [this, count, first, second, target, relu = layer.relu](const paa::Run& run) {
    engine_.stream.wait();
    const auto map = [&](int value) { return reinterpret_cast<float*>(at(run, value)); };
    paa::add(map(first), map(second), map(target), count, relu);
  };
}

Step paa_dnn_plan::observe_step(const Layer& layer) {
  const Value of = values_[layer.input];
  if (of.form == Form::int8) throw paa::Failure("a map that is kept in integers cannot be observed");
  const int lanes = of.form == Form::plain ? 1 : of.form == Form::blocked ? engine_.lanes : of.channels;
  return [this, of, lanes, index = layer.input, &seen = observations_.at(layer.input)](const paa::Run& run) {
    engine_.stream.wait();
    const auto* values = index == 0 ? run.input : reinterpret_cast<const float*>(at(run, index));
    seen.add({values, batch, of.channels, lanes, int64_t(of.height) * of.width});
  };
}

Step paa_dnn_plan::to_integers_step(const Layer& layer) {
  return [this, input = values_[0], padding = layer.padding, target = layer.result](const paa::Run& run) {
    engine_.stream.wait();
    paa::to_integers(run.input, reinterpret_cast<uint8_t*>(at(run, target)), batch, input.channels, input.height, input.width,
                     padding, input_scales_.data(), input_offsets_.data());
  };
}

Step paa_dnn_plan::convert_step(const Layer& layer) {
  paa::MapConversion conversion(engine_.engine, format(values_[layer.input]), format(values_[layer.result]));
  return [this, conversion, input = layer.input, result = layer.result](const paa::Run& run) mutable {
    void* source = input == 0 ? const_cast<float*>(run.input) : static_cast<void*>(at(run, input));
    conversion.run(engine_.stream, source, at(run, result));
  };
}

Step paa_dnn_plan::output_step(const Layer& layer) {
  const Value& value = values_[layer.input];
  const Value plain{value.channels, value.height, value.width};
  paa::MapConversion conversion(engine_.engine, format(value), format(plain));
  return [this, conversion, input = layer.input, output = layer.index](const paa::Run& run) mutable {
    conversion.run(engine_.stream, at(run, input), run.outputs[output]);
  };
}

// Brings a value to where a layer will change it; nothing if it is there already.
Step paa_dnn_plan::copy_step(int from, int to) const {
  if (values_[from].storage == values_[to].storage) return {};
  return [this, from, to, size = bytes(values_[to])](const paa::Run& run) {
    engine_.stream.wait();
    std::memcpy(at(run, to), at(run, from), size);
  };
}
