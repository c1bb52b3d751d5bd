// A network for one input size: recorded, compiled, run.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "convolution.h"
#include "kernels.h"
#include "map.h"
#include "observation.h"

namespace paa {

// A map between layers, [N, C, H, W].
struct Value {
  int channels, height, width;
  Quantization quantization{};
  Form form = Form::plain;
  int last_use = -1;  // the last layer that reads it
  int storage = -1;   // where it lies; -1: in the caller's memory
};

// A range of the working memory that is in use from one layer to another.
struct Storage {
  size_t bytes;
  int first, last;
  size_t offset = 0;
};

enum class LayerKind { convolution, group_norm, max_pool, resize, add, output, observe, convert, to_integers };

// One recorded layer; only the members of its kind are set.
struct Layer {
  LayerKind kind;
  int input;
  int second = -1;  // residual, or the other summand
  int result = -1;
  Convolution convolution{};
  int window = 0, stride = 0, padding = 0;
  int groups = 0;
  float epsilon = 0;
  std::vector<float> gain{}, shift{};
  bool relu = false;
  int index = 0;  // of the output
};

// Where a run finds its maps: between layers, and in the caller's memory.
struct Run {
  char* working;
  const float* input;
  float* const* outputs;
};

// What a compiled layer does.
using Step = std::function<void(const Run& run)>;

}  // namespace paa

struct paa_dnn_plan {
  paa_dnn_plan(paa_dnn_engine& engine, int batch);

  int record_input(int channels, int height, int width);
  int record(paa::Layer layer, int channels, int height, int width);
  void record_output(int value);
  void quantize(int value, paa::Quantization quantization);
  void quantize_input(const float* scales, const float* offsets);
  void observe(int value);
  const paa::Value& value(int index) const;
  paa::Weights& weights(int index) const;
  const paa::Observation& observation(int value) const;

  void compile();
  void run(const float* input, float* const* outputs);

  const int batch;

 private:
  void check_open() const;

  // forms.cpp: in which form each map is kept, and conversions where a layer wants another.
  void choose_forms();
  void insert_conversions();
  int padded_input(int padding);
  paa::Form float_form(const paa::Layer& layer) const;
  bool takes_integers(const paa::Layer& reader, int value) const;
  bool takes_floats(const paa::Layer& reader, int value) const;
  bool gives_integers(const paa::Layer& layer) const;
  paa::Form form_wanted(const paa::Layer& reader, int value) const;

  // plan.cpp: where each map lies.
  void find_last_uses();
  void lay_out();
  void convert_weights();
  void place_storages();
  int store(size_t bytes, int layer);
  bool works_in_place(const paa::Layer& layer, int layer_index, int source) const;

  // steps.cpp: what each layer does.
  paa::Step step(int layer_index);
  paa::Step convolution_step(int layer_index);
  paa::Step pool_step(const paa::Layer& layer);
  paa::Step norm_step(const paa::Layer& layer);
  paa::Step resize_step(const paa::Layer& layer);
  paa::Step add_step(const paa::Layer& layer);
  paa::Step observe_step(const paa::Layer& layer);
  paa::Step convert_step(const paa::Layer& layer);
  paa::Step to_integers_step(const paa::Layer& layer);
  paa::Step output_step(const paa::Layer& layer);
  paa::Step copy_step(int from, int to) const;

  paa::MapFormat format(const paa::Value& value) const;
  paa::ConvolutionMaps convolution_maps(const paa::Layer& layer) const;
  size_t bytes(const paa::Value& value) const;
  char* at(const paa::Run& run, int value) const;

  paa_dnn_engine& engine_;
  std::vector<paa::Value> values_;
  std::vector<paa::Layer> layers_;
  std::map<int, paa::Observation> observations_;                    // by value
  std::vector<float> input_scales_, input_offsets_;                 // of the input's integers, if each channel has its own line
  std::vector<dnnl::convolution_forward::primitive_desc> kernels_;  // of the layers that are convolutions
  std::vector<int> scratch_;                                        // storage of each layer's scratchpad, or -1
  std::vector<paa::Storage> storages_;
  std::vector<paa::Step> steps_;
  size_t working_bytes_ = 0;
  int output_count_ = 0;
  bool compiled_ = false;
};
