// What the layers of a plan do when it runs.
#include <cstring>

#include "plan.h"

using dnnl::memory;
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
        case LayerKind::add: return add_step(layer);
        case LayerKind::output: break;
    }
    const auto is_output = [](const Layer& other) { return other.kind == LayerKind::output; };
    return output_step(layer, int(std::count_if(layers_.begin(), layers_.begin() + layer_index, is_output)));
}

Step paa_dnn_plan::convolution_step(int layer_index) {
    const Layer& layer = layers_[layer_index];
    const auto& kernel = kernels_[layer_index];
    const bool from_caller = layer.input == 0;
    memory input(layout(values_[layer.input]), engine_.engine, nullptr);
    memory result(layout(values_[layer.result]), engine_.engine, nullptr);
    memory scratch(kernel.scratchpad_desc(), engine_.engine, nullptr);
    std::unordered_map<int, memory> arguments{
        {DNNL_ARG_SRC, input},
        {DNNL_ARG_DST, result},
        {DNNL_ARG_SCRATCHPAD, scratch},
        {DNNL_ARG_WEIGHTS, engine_.weights_as(*layer.convolution.weights, kernel.weights_desc())}};
    if (!layer.convolution.weights->bias.empty()) arguments.emplace(DNNL_ARG_BIAS, layer.convolution.weights->bias_memory);
    const auto prepare = layer.second >= 0 ? copy_step(layer.second, layer.result) : Step();
    const size_t scratch_offset = scratch_[layer_index] >= 0 ? storages_[scratch_[layer_index]].offset : 0;
    return [this, primitive = dnnl::convolution_forward(kernel), arguments, input, result, scratch, scratch_offset, prepare,
            from_caller, source = layer.input, target = layer.result](char* working, const float* given, float* const* outputs) mutable {
        if (prepare) prepare(working, given, outputs);
        input.set_data_handle(from_caller ? const_cast<float*>(given) : reinterpret_cast<float*>(at(working, source)));
        result.set_data_handle(at(working, target));
        scratch.set_data_handle(working + scratch_offset);
        primitive.execute(engine_.stream, arguments);
    };
}

Step paa_dnn_plan::pool_step(const Layer& layer) {
    const memory::dims window(2, layer.window), strides(2, layer.stride), padding(2, layer.padding), dilation(2, 0);
    const auto from = layout(values_[layer.input]), to = layout(values_[layer.result]);
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
            target = layer.result](char* working, const float*, float* const*) mutable {
        input.set_data_handle(at(working, source));
        result.set_data_handle(at(working, target));
        primitive.execute(engine_.stream, {{DNNL_ARG_SRC, input}, {DNNL_ARG_DST, result}});
    };
}

Step paa_dnn_plan::norm_step(const Layer& layer) {
    const Value& result = values_[layer.result];
    return [this, prepare = copy_step(layer.input, layer.result), target = layer.result, channels = result.channels,
            plane = int64_t(result.height) * result.width,
            norm = paa::GroupNorm{layer.groups, layer.epsilon, layer.gain.data(), layer.shift.data(), layer.relu}](
               char* working, const float* input, float* const* outputs) {
        if (prepare) prepare(working, input, outputs);
        paa::group_norm(reinterpret_cast<float*>(at(working, target)), batch, channels, plane, engine_.lanes, norm);
    };
}

Step paa_dnn_plan::add_step(const Layer& layer) {
    const Value fine = values_[layer.input], coarse = values_[layer.second];
    const int64_t planes = int64_t(batch) * ((fine.channels + engine_.lanes - 1) / engine_.lanes);
    return [this, prepare = copy_step(layer.input, layer.result), fine, coarse, planes, relu = layer.relu, source = layer.second,
            target = layer.result](char* working, const float* input, float* const* outputs) {
        if (prepare) prepare(working, input, outputs);
        paa::add_enlarged(reinterpret_cast<float*>(at(working, target)), reinterpret_cast<const float*>(at(working, source)),
                          planes, fine.height, fine.width, coarse.height, coarse.width, engine_.lanes, relu);
    };
}

Step paa_dnn_plan::output_step(const Layer& layer, int output) {
    const Value& source = values_[layer.input];
    const memory::desc rows({batch, source.channels, source.height, source.width}, memory::data_type::f32, memory::format_tag::nchw);
    memory from(layout(source), engine_.engine, nullptr), to(rows, engine_.engine, nullptr);
    return [this, primitive = dnnl::reorder(from, to), from, to, index = layer.input,
            output](char* working, const float*, float* const* outputs) mutable {
        from.set_data_handle(at(working, index));
        to.set_data_handle(outputs[output]);
        primitive.execute(engine_.stream, from, to);
    };
}

// Brings a value to where a layer will change it; nothing if it is there already.
Step paa_dnn_plan::copy_step(int from, int to) const {
    if (values_[from].storage == values_[to].storage) return {};
    return [this, from, to, size = bytes(values_[to])](char* working, const float*, float* const*) {
        engine_.stream.wait();
        std::memcpy(at(working, to), at(working, from), size);
    };
}
