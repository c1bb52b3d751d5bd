#include "engine.h"

#include <omp.h>
#include <sys/mman.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <new>

#include "../common/status.h"
#include "winograd.h"

namespace {

constexpr size_t cache_line = 64, huge_page = size_t{2} << 20;

const paa::Layout* find(const paa::Weights& weights, const dnnl::memory::desc& layout) {
    for (const auto& known : weights.layouts)
        if (known.memory.get_desc() == layout) return &known;
    return nullptr;
}

}  // namespace

dnnl::memory::dims paa::Weights::shape() const {
    return groups == 1 ? dnnl::memory::dims{outputs, inputs, kernel, kernel}
                       : dnnl::memory::dims{groups, outputs / groups, inputs / groups, kernel, kernel};
}

dnnl::memory::desc paa::Weights::plain() const {
    using tag = dnnl::memory::format_tag;
    return {shape(), type(), groups == 1 ? tag::oihw : tag::goihw};
}

void paa::Buffer::Free::operator()(char* memory) const { std::free(memory); }

char* paa::Buffer::reserve(size_t bytes) {
    if (bytes > size_) {
        memory_.reset();
        size_ = 0;
        const size_t alignment = bytes < huge_page ? cache_line : huge_page;
        const size_t rounded = (bytes + cache_line - 1) / cache_line * cache_line;
        void* memory = nullptr;
        if (posix_memalign(&memory, alignment, rounded) != 0) throw std::bad_alloc();
        memory_.reset(static_cast<char*>(memory));
        size_ = rounded;
        // Zeroing 2 MiB at once is several times faster than 512 faults. Only whole pages: nothing is held that was not asked for.
        if (bytes >= huge_page) madvise(memory, rounded / huge_page * huge_page, MADV_HUGEPAGE);
    }
    return memory_.get();
}

paa_dnn_engine::paa_dnn_engine(int threads) : threads_(threads) {
    if (threads < 1) throw paa::Failure("an engine needs at least one thread");
    const auto isa = dnnl::get_effective_cpu_isa();
    const bool narrow = isa == dnnl::cpu_isa::sse41 || isa == dnnl::cpu_isa::avx || isa == dnnl::cpu_isa::avx2 ||
                        isa == dnnl::cpu_isa::avx2_vnni;
    lanes = narrow ? 8 : 16;
}

void paa_dnn_engine::use_threads() const {
    if (omp_get_max_threads() != threads_) omp_set_num_threads(threads_);
}

void paa_dnn_engine::convert_weights(const std::vector<paa::WantedLayout>& wanted) {
    struct Conversion {
        paa::Weights* weights;
        paa::Layout result;
    };
    std::vector<Conversion> missing;
    for (const auto& want : wanted) {
        const bool is_pending = std::any_of(missing.begin(), missing.end(), [&](const Conversion& other) {
            return other.weights == want.weights && other.result.memory.get_desc() == want.layout;
        });
        if (is_pending || find(*want.weights, want.layout)) continue;
        paa::Buffer storage;
        char* place = storage.reserve(want.layout.get_size());
        missing.push_back({want.weights, {std::move(storage), dnnl::memory(want.layout, engine, place)}});
    }
    std::exception_ptr failure;
#pragma omp parallel num_threads(threads_)
    {
        omp_set_num_threads(1);  // in this region: a conversion that plans for more threads than it gets here goes wrong
#pragma omp for schedule(dynamic)
        for (size_t i = 0; i < missing.size(); i++) {
            try {
                auto& [own, result] = missing[i];
                if (paa::can_transform(result.memory.get_desc())) {
                    paa::transform_weights(own->values.data(), result.memory.get_desc(), static_cast<float*>(result.memory.get_data_handle()));
                    continue;
                }
                void* given = own->is_int8() ? static_cast<void*>(own->integers.data()) : own->values.data();
                dnnl::memory plain(own->plain(), engine, given);
                dnnl::stream stream(engine);
                dnnl::reorder(plain, result.memory).execute(stream, plain, result.memory);
                stream.wait();
            } catch (...) {
#pragma omp critical
                failure = std::current_exception();
            }
        }
    }
    if (failure) std::rethrow_exception(failure);
    for (auto& [own, result] : missing) {
        weight_bytes += int64_t(result.storage.size());
        own->layouts.push_back(std::move(result));
    }
}

dnnl::memory paa_dnn_engine::weights_as(const paa::Weights& weights, const dnnl::memory::desc& layout) {
    const auto* known = find(weights, layout);
    if (!known) throw paa::Failure("the weights were not converted for their kernel");
    return known->memory;
}

paa_status paa_dnn_engine_create(int32_t threads, paa_dnn_engine** engine) {
    return paa::guard([&] { *engine = new paa_dnn_engine(threads); });
}

void paa_dnn_engine_free(paa_dnn_engine* engine) { delete engine; }

paa_status paa_dnn_engine_memory(const paa_dnn_engine* engine, int64_t* weights, int64_t* working) {
    return paa::guard([&] {
        *weights = engine->weight_bytes;
        *working = int64_t(engine->working.size());
    });
}

namespace {

// Checks the shape, lets `fill` take the weights over, and keeps them.
template <typename Fill>
int32_t add_weights(paa_dnn_engine& engine, const float* bias, int outputs, int inputs, int groups, int kernel, Fill&& fill) {
    if (outputs < 1 || inputs < 1 || groups < 1 || kernel < 1 || outputs % groups || inputs % groups)
        throw paa::Failure("weights: outputs and inputs must be positive multiples of groups");
    paa::Weights own{outputs, inputs, groups, kernel};
    fill(own, int64_t(outputs) * (inputs / groups) * kernel * kernel);
    if (bias) own.bias.assign(bias, bias + outputs);
    engine.weight_bytes += int64_t(own.plain().get_size());
    engine.weights.push_back(std::move(own));
    return int32_t(engine.weights.size() - 1);
}

}  // namespace

paa_status paa_dnn_engine_add_weights(paa_dnn_engine* engine, const float* values, const float* bias, int32_t outputs,
                                      int32_t inputs, int32_t groups, int32_t kernel, int32_t* weights) {
    return paa::guard([&] {
        *weights = add_weights(*engine, bias, outputs, inputs, groups, kernel,
                               [&](paa::Weights& own, int64_t count) { own.values.assign(values, values + count); });
    });
}

paa_status paa_dnn_engine_add_int8_weights(paa_dnn_engine* engine, const int8_t* values, const float* steps, const float* bias,
                                           int32_t outputs, int32_t inputs, int32_t groups, int32_t kernel, int32_t* weights) {
    return paa::guard([&] {
        if (!std::all_of(steps, steps + std::max(outputs, 0), [](float step) { return step > 0 && std::isfinite(step); }))
            throw paa::Failure("weights: a step is not above 0");
        *weights = add_weights(*engine, bias, outputs, inputs, groups, kernel, [&](paa::Weights& own, int64_t count) {
            own.integers.assign(values, values + count);
            own.steps.assign(steps, steps + outputs);
        });
    });
}
