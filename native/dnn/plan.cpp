#include "plan.h"

#include <algorithm>
#include <cmath>

#include "../common/status.h"

using dnnl::memory;
using paa::Failure;
using paa::Form;
using paa::Layer;
using paa::LayerKind;
using paa::Step;
using paa::Storage;
using paa::Value;

paa_dnn_plan::paa_dnn_plan(paa_dnn_engine& engine, int batch) : batch(batch), engine_(engine) {
  if (batch < 1) throw Failure("a plan needs at least one image");
}

int paa_dnn_plan::record_input(int channels, int height, int width) {
  if (!values_.empty()) throw Failure("a plan has one input, recorded first");
  if (channels < 1 || height < 1 || width < 1) throw Failure("the input must not be empty");
  values_.push_back({channels, height, width});
  return 0;
}

int paa_dnn_plan::record(Layer layer, int channels, int height, int width) {
  check_open();
  if (height < 1 || width < 1) throw Failure("the input is too small for this network");
  const auto quantization = layer.kind == LayerKind::max_pool || layer.kind == LayerKind::resize ? value(layer.input).quantization
                                                                                                 : paa::Quantization{};
  values_.push_back({channels, height, width, quantization});
  layer.result = int(values_.size()) - 1;
  layers_.push_back(std::move(layer));
  return layers_.back().result;
}

void paa_dnn_plan::record_output(int index) {
  check_open();
  if (&value(index) == &values_.front()) throw Failure("the input cannot be an output");
  Layer layer{LayerKind::output, index};
  layer.index = output_count_++;
  layers_.push_back(std::move(layer));
}

void paa_dnn_plan::quantize(int index, paa::Quantization quantization) {
  check_open();
  value(index);
  if (!(quantization.step > 0) || !std::isfinite(quantization.step)) throw Failure("the step of a map must be above 0");
  values_[index].quantization = quantization;
}

void paa_dnn_plan::quantize_input(const float* scales, const float* offsets) {
  check_open();
  const int channels = value(0).channels;
  if (!std::all_of(scales, scales + channels, [](float scale) { return scale > 0 && std::isfinite(scale); }) ||
      !std::all_of(offsets, offsets + channels, [](float offset) { return std::isfinite(offset); }))
    throw Failure("the scales of the input must be above 0 and its offsets finite");
  input_scales_.assign(scales, scales + channels);
  input_offsets_.assign(offsets, offsets + channels);
}

void paa_dnn_plan::observe(int index) {
  check_open();
  if (!observations_.try_emplace(index, value(index).channels).second) throw Failure("the value is observed already");
  layers_.push_back({LayerKind::observe, index});
}

void paa_dnn_plan::check_open() const {
  if (compiled_) throw Failure("a compiled plan cannot be changed");
}

const paa::Observation& paa_dnn_plan::observation(int index) const {
  const auto found = observations_.find(index);
  if (found == observations_.end()) throw Failure("the value is not observed");
  return found->second;
}

const Value& paa_dnn_plan::value(int index) const {
  if (index < 0 || index >= int(values_.size())) throw Failure("no value " + std::to_string(index) + " was recorded");
  return values_[index];
}

paa::Weights& paa_dnn_plan::weights(int index) const {
  if (index < 0 || index >= int(engine_.weights.size())) throw Failure("no weights " + std::to_string(index));
  return engine_.weights[index];
}

void paa_dnn_plan::compile() {
  if (compiled_) throw Failure("the plan is compiled already");
  engine_.use_threads();
  choose_forms();
  insert_conversions();
  find_last_uses();
  lay_out();
  convert_weights();
  for (int i = 0; i < int(layers_.size()); i++) steps_.push_back(step(i));
  compiled_ = true;
}

void paa_dnn_plan::run(const float* input, float* const* outputs) {
  if (!compiled_) throw Failure("the plan must be compiled before it runs");
  engine_.use_threads();
  const paa::Run run{engine_.working.reserve(working_bytes_), input, outputs};
  for (const Step& step : steps_) step(run);
  engine_.stream.wait();
}

void paa_dnn_plan::convert_weights() {
  std::map<paa::Weights*, std::vector<memory::desc>> wanted;
  for (int i = 0; i < int(layers_.size()); i++)
    if (layers_[i].kind == LayerKind::convolution) wanted[layers_[i].convolution.weights].push_back(kernels_[i].weights_desc());
  engine_.convert_weights(wanted);
}

// ---- layout of the working memory

void paa_dnn_plan::find_last_uses() {
  for (int i = 0; i < int(layers_.size()); i++) {
    values_[layers_[i].input].last_use = i;
    if (layers_[i].second >= 0) values_[layers_[i].second].last_use = i;
  }
}

int paa_dnn_plan::store(size_t bytes, int layer) {
  storages_.push_back({bytes, layer, layer});
  return int(storages_.size()) - 1;
}

// A layer may overwrite a value that nobody reads afterwards.
bool paa_dnn_plan::works_in_place(const Layer& layer, int layer_index, int source) const {
  return source >= 0 && values_[source].storage >= 0 && values_[source].last_use == layer_index &&
         bytes(values_[source]) == bytes(values_[layer.result]);
}

// Gives every value a place such that those in use at the same time do not overlap.
void paa_dnn_plan::lay_out() {
  scratch_.assign(layers_.size(), -1);
  kernels_.resize(layers_.size());
  for (int i = 0; i < int(layers_.size()); i++) {
    const Layer& layer = layers_[i];
    for (int read : {layer.input, layer.second})
      if (read >= 0 && values_[read].storage >= 0) storages_[values_[read].storage].last = i;
    if (layer.result < 0) continue;
    const int source = layer.kind == LayerKind::convolution                                  ? layer.second
                       : layer.kind == LayerKind::group_norm || layer.kind == LayerKind::add ? layer.input
                                                                                             : -1;
    Value& result = values_[layer.result];
    result.storage = works_in_place(layer, i, source) ? values_[source].storage : store(bytes(result), i);
    storages_[result.storage].last = std::max(i, storages_[result.storage].last);
    if (layer.kind == LayerKind::convolution) {
      kernels_[i] = paa::choose_kernel(engine_, layer.convolution, convolution_maps(layer));
      if (const size_t needed = kernels_[i].scratchpad_desc().get_size()) scratch_[i] = store(needed, i);
    }
  }
  place_storages();
}

// The largest first, each in the smallest gap between those that are in use at the same time.
void paa_dnn_plan::place_storages() {
  std::vector<Storage*> open, placed;  // placed: by offset
  for (Storage& storage : storages_) {
    storage.bytes = (storage.bytes + 63) / 64 * 64;
    open.push_back(&storage);
  }
  std::stable_sort(open.begin(), open.end(), [](const Storage* a, const Storage* b) { return a->bytes > b->bytes; });
  for (Storage* storage : open) {
    size_t best = SIZE_MAX, best_gap = SIZE_MAX, end = 0;
    for (const Storage* other : placed) {
      if (other->last < storage->first || other->first > storage->last) continue;
      if (other->offset >= end + storage->bytes && other->offset - end < best_gap) best = end, best_gap = other->offset - end;
      end = std::max(end, other->offset + other->bytes);
    }
    storage->offset = best == SIZE_MAX ? end : best;
    working_bytes_ = std::max(working_bytes_, storage->offset + storage->bytes);
    placed.insert(std::upper_bound(placed.begin(), placed.end(), storage,
                                   [](const Storage* a, const Storage* b) { return a->offset < b->offset; }),
                  storage);
  }
}

paa::MapFormat paa_dnn_plan::format(const Value& value) const {
  using tag = memory::format_tag;
  const memory::dims shape{batch, value.channels, value.height, value.width};
  switch (value.form) {
    case Form::plain: return {{shape, memory::data_type::f32, tag::nchw}};
    case Form::blocked: return {{shape, memory::data_type::f32, engine_.lanes == 16 ? tag::nChw16c : tag::nChw8c}};
    case Form::rows: return {{shape, memory::data_type::f32, tag::nhwc}};
    case Form::int8: break;
  }
  const auto type = value.quantization.is_signed ? memory::data_type::s8 : memory::data_type::u8;
  return {{shape, type, tag::nhwc}, value.quantization.step};
}

paa::ConvolutionMaps paa_dnn_plan::convolution_maps(const Layer& layer) const {
  const Value& result = values_[layer.result];
  paa::ConvolutionMaps maps{format(values_[layer.input]), format(result), {}, int64_t(batch) * result.height * result.width};
  if (layer.second >= 0) maps.residual = format(values_[layer.second]);
  return maps;
}

size_t paa_dnn_plan::bytes(const Value& value) const { return format(value).layout.get_size(); }

char* paa_dnn_plan::at(const paa::Run& run, int index) const { return run.working + storages_[values_[index].storage].offset; }
