// In which form each map of a plan is kept, and the conversions between layers that want different ones.
#include <algorithm>

#include "../common/status.h"
#include "plan.h"

using paa::Form;
using paa::Layer;
using paa::LayerKind;
using paa::Value;

// Integers where every reader takes them and the layer can give them, else the float form of the layer. Readers come after
// what they read, and their results are decided first.
void paa_dnn_plan::choose_forms() {
  for (const Layer& layer : layers_)
    if (layer.result >= 0) values_[layer.result].form = float_form(layer);
  for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) {
    if (layer->result < 0) continue;
    const int result = layer->result;
    bool wanted = false, unwanted = false;
    for (const Layer& reader : layers_) {
      wanted = wanted || takes_integers(reader, result);
      unwanted = unwanted || takes_floats(reader, result);
    }
    Value& value = values_[result];
    if (wanted && !unwanted && value.quantization.step > 0 && gives_integers(*layer)) value.form = Form::int8;
  }
}

// Kernels for integers have the channels of a position side by side, those for floats blocks: what follows a kernel without
// having one of its own keeps its form.
Form paa_dnn_plan::float_form(const Layer& layer) const {
  if (layer.kind == LayerKind::convolution) return layer.convolution.weights->is_int8() ? Form::rows : Form::blocked;
  const Form source = values_[layer.input].form;
  return source == Form::plain ? Form::blocked : source;
}

bool paa_dnn_plan::gives_integers(const Layer& layer) const {
  switch (layer.kind) {
    case LayerKind::convolution: return layer.convolution.weights->is_int8();
    case LayerKind::group_norm: return values_[layer.result].form == Form::rows;
    case LayerKind::max_pool:
    case LayerKind::resize: return true;
    default: return false;
  }
}

bool paa_dnn_plan::takes_integers(const Layer& reader, int value) const {
  return (reader.input == value || reader.second == value) && form_wanted(reader, value) == Form::int8;
}

// Whether a reader would lose something if the value were kept in integers.
bool paa_dnn_plan::takes_floats(const Layer& reader, int value) const {
  if (reader.input != value && reader.second != value) return false;
  return reader.kind != LayerKind::output && reader.kind != LayerKind::observe && form_wanted(reader, value) != Form::int8;
}

Form paa_dnn_plan::form_wanted(const Layer& reader, int value) const {
  switch (reader.kind) {
    case LayerKind::convolution:
      if (reader.convolution.weights->is_int8()) return reader.input == value ? Form::int8 : values_[reader.result].form;
      return value == 0 ? Form::plain : Form::blocked;
    case LayerKind::max_pool:
    case LayerKind::resize:
    case LayerKind::add: return values_[reader.result].form;
    case LayerKind::group_norm: return values_[reader.result].form == Form::blocked ? Form::blocked : Form::rows;
    default: return values_[value].form;
  }
}

// The input as integers of its channels' own lines, with padding around it: an integer of 0 is no value of 0 there.
int paa_dnn_plan::padded_input(int padding) {
  const Value& input = values_[0];
  values_.push_back({input.channels, input.height + 2 * padding, input.width + 2 * padding, {1, false}, Form::int8});
  Layer layer{LayerKind::to_integers, 0};
  layer.padding = padding;
  layer.result = int(values_.size()) - 1;
  layers_.push_back(std::move(layer));
  return layers_.back().result;
}

void paa_dnn_plan::insert_conversions() {
  std::vector<Layer> recorded;
  recorded.swap(layers_);
  std::map<std::pair<int, Form>, int> converted;
  const auto as = [&](int index, Form form) {
    const Value value = values_[index];
    if (value.form == form) return index;
    if (form == Form::int8 && value.quantization.step <= 0)
      throw paa::Failure("a convolution with int8 weights reads value " + std::to_string(index) +
                         ", of which no step is known; call paa_dnn_plan_quantize");
    const auto [known, is_new] = converted.try_emplace({index, form}, int(values_.size()));
    if (is_new) {
      values_.push_back({value.channels, value.height, value.width, value.quantization, form});
      Layer layer{LayerKind::convert, index};
      layer.result = known->second;
      layers_.push_back(std::move(layer));
    }
    return known->second;
  };
  for (Layer& layer : recorded) {
    // The residual first: where it is the input too, and wanted in another form, both are still told apart.
    const int input = layer.input, second = layer.second;
    if (second >= 0) {
      const Form form = layer.kind == LayerKind::convolution && layer.convolution.weights->is_int8() ? values_[layer.result].form
                                                                                                     : form_wanted(layer, second);
      layer.second = as(second, form);
    }
    const bool reads_lines =
        input == 0 && !input_scales_.empty() && layer.kind == LayerKind::convolution && layer.convolution.weights->is_int8();
    layer.input = reads_lines ? padded_input(layer.convolution.padding) : as(input, form_wanted(layer, input));
    if (reads_lines) layer.convolution.padding = 0;  // is in the map
    layers_.push_back(std::move(layer));
  }
}
