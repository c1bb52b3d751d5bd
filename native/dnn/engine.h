// What the plans of one network share: oneDNN's engine and stream, the weights in every layout in use, working memory.
#pragma once

#include <cstdint>
#include <deque>
#include <dnnl.hpp>
#include <map>
#include <memory>
#include <vector>

#include "paa_dnn.h"

namespace paa {

// Memory from the system, never initialised, in huge pages where it is large; what is freed goes back at once.
class Buffer {
 public:
  char* reserve(size_t bytes);  // at least that much; what it held is lost when it grows
  size_t size() const { return size_; }

 private:
  struct Unmap {
    size_t bytes;
    void operator()(char* memory) const;
  };
  std::unique_ptr<char, Unmap> memory_;
  size_t size_ = 0;
};

// Weights as they were given, or as a kernel wants them.
struct Layout {
  Buffer storage;
  dnnl::memory memory;
  bool is_used = false;  // by a kernel, which keeps a reference
};

// Weights of one convolution, in each layout that kernels want: nearly always one.
struct Weights {
  int outputs, inputs, groups, kernel;  // inputs: of all groups
  std::vector<float> steps{};           // of integers: the weights of output o are integers * steps[o]; else empty
  std::vector<float> bias{};            // empty for none
  std::vector<Layout> layouts{};        // the first: plain(), or one from which that can be made again

  bool is_int8() const { return !steps.empty(); }
  dnnl::memory::data_type type() const { return is_int8() ? dnnl::memory::data_type::s8 : dnnl::memory::data_type::f32; }
  dnnl::memory::dims shape() const;                // [outputs, inputs, k, k], with groups [groups, outputs / groups, ...]
  dnnl::memory::desc plain() const;                // as they were given
  Layout* find(const dnnl::memory::desc& layout);  // null: not converted to that one
};

}  // namespace paa

struct paa_dnn_engine {
  explicit paa_dnn_engine(int threads);

  // Number of threads, made that of the calling thread, where oneDNN and OpenMP look for it.
  void use_threads() const;

  // A copy of values in their plain layout.
  void keep(paa::Weights& weights, const void* values);

  // Converts weights into the layouts that kernels want, those of as many layers at a time as there are threads: in the library's
  // own parallel loops, two hundred in a row, threads would wait for each other on a busy machine.
  void convert_weights(const std::map<paa::Weights*, std::vector<dnnl::memory::desc>>& wanted);

  int64_t weight_bytes() const;

  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  int lanes;                         // channels in a block
  std::deque<paa::Weights> weights;  // a deque: plans keep references
  paa::Buffer working;               // of whichever plan runs

 private:
  void convert_weights(paa::Weights& weights, const dnnl::memory::desc& layout) const;
  paa::Layout& add_layout(paa::Weights& weights, const dnnl::memory::desc& layout) const;
  bool can_restore(const paa::Weights& weights, const dnnl::memory::desc& layout) const;

  int threads_;
};
