// What the plans of one network share: oneDNN's engine and stream, the weights in every layout in use, working memory.
#pragma once

#include <cstdint>
#include <deque>
#include <dnnl.hpp>
#include <memory>
#include <utility>
#include <vector>

#include "paa_dnn.h"

namespace paa {

// Memory from the system, never initialised; large ones in huge pages where there are any.
class Buffer {
public:
    char* reserve(size_t bytes);  // at least that much; what it held is lost when it grows
    size_t size() const { return size_; }

private:
    struct Free {
        void operator()(char* memory) const;
    };
    std::unique_ptr<char, Free> memory_;
    size_t size_ = 0;
};

// Weights as a kernel wants them.
struct Layout {
    Buffer storage;
    dnnl::memory memory;
};

// Weights of one convolution as they were given, and as its kernels want them.
struct Weights {
    int outputs, inputs, groups, kernel;  // inputs: of all groups
    std::vector<float> values{};
    std::vector<int8_t> integers{};       // instead of values: the weights of output o are integers * steps[o]
    std::vector<float> steps{};
    std::vector<float> bias{};            // empty for none
    std::vector<Layout> layouts{};

    bool is_int8() const { return !steps.empty(); }
    dnnl::memory::data_type type() const { return is_int8() ? dnnl::memory::data_type::s8 : dnnl::memory::data_type::f32; }
    dnnl::memory::dims shape() const;  // [outputs, inputs, k, k], with groups [groups, outputs / groups, ...]
    dnnl::memory::desc plain() const;  // as they were given
};

// Weights in a layout that a plan needs.
struct WantedLayout {
    Weights* weights;
    dnnl::memory::desc layout;
};

}  // namespace paa

struct paa_dnn_engine {
    explicit paa_dnn_engine(int threads);

    // Number of threads, made that of the calling thread, where oneDNN and OpenMP look for it.
    void use_threads() const;

    // Converts weights, each once, as many at a time as there are threads: the library converts those of Winograd on one.
    void convert_weights(const std::vector<paa::WantedLayout>& wanted);

    // Weights in a layout into which they were converted.
    static dnnl::memory weights_as(const paa::Weights& weights, const dnnl::memory::desc& layout);

    dnnl::engine engine{dnnl::engine::kind::cpu, 0};
    dnnl::stream stream{engine};
    int lanes;                          // channels in a block
    std::deque<paa::Weights> weights;   // a deque: plans keep references
    paa::Buffer working;                // of whichever plan runs
    int64_t weight_bytes = 0;

private:
    int threads_;
};
