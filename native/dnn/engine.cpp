#include "engine.h"

#include <omp.h>
#include <sys/mman.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <exception>
#include <new>
#include <utility>

#include "../common/status.h"

namespace {

constexpr size_t page = 4096, huge_page = size_t{2} << 20;

size_t round_up(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

char* map_pages(size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return static_cast<char*>(memory);
}

// Begins at a huge page. Zeroing 2 MiB at once is several times faster than 512 faults.
char* map_huge(size_t bytes) {
  char* memory = map_pages(bytes + huge_page);
  const size_t before = round_up(size_t(memory), huge_page) - size_t(memory);
  if (before) munmap(memory, before);
  if (before < huge_page) munmap(memory + before + bytes, huge_page - before);
  madvise(memory + before, bytes, MADV_HUGEPAGE);
  return memory + before;
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

paa::Layout* paa::Weights::find(const dnnl::memory::desc& layout) {
  for (auto& known : layouts)
    if (known.memory.get_desc() == layout) return &known;
  return nullptr;
}

void paa::Buffer::Unmap::operator()(char* memory) const { munmap(memory, bytes); }

char* paa::Buffer::reserve(size_t bytes) {
  if (bytes > size_) {
    memory_.reset();
    size_ = 0;
    const size_t rounded = round_up(bytes, page);
    memory_ = {rounded < huge_page ? map_pages(rounded) : map_huge(rounded), Unmap{rounded}};
    size_ = rounded;
  }
  return memory_.get();
}

paa_dnn_engine::paa_dnn_engine(int threads) : threads_(threads) {
  if (threads < 1) throw paa::Failure("an engine needs at least one thread");
  const auto isa = dnnl::get_effective_cpu_isa();
  const bool narrow =
      isa == dnnl::cpu_isa::sse41 || isa == dnnl::cpu_isa::avx || isa == dnnl::cpu_isa::avx2 || isa == dnnl::cpu_isa::avx2_vnni;
  lanes = narrow ? 8 : 16;
}

void paa_dnn_engine::use_threads() const {
  if (omp_get_max_threads() != threads_) omp_set_num_threads(threads_);
}

void paa_dnn_engine::keep(paa::Weights& own, const void* values) {
  const auto plain = own.plain();
  std::memcpy(add_layout(own, plain).memory.get_data_handle(), values, plain.get_size());
}

void paa_dnn_engine::convert_weights(const std::map<paa::Weights*, std::vector<dnnl::memory::desc>>& wanted) {
  const std::vector<std::pair<paa::Weights*, std::vector<dnnl::memory::desc>>> layers(wanted.begin(), wanted.end());
  std::exception_ptr failure;
#pragma omp parallel num_threads(threads_)
  {
    omp_set_num_threads(1);  // in this region: a conversion that plans for more threads than it gets here goes wrong
#pragma omp for schedule(dynamic)
    for (size_t i = 0; i < layers.size(); i++) {
      try {
        for (const auto& layout : layers[i].second) convert_weights(*layers[i].first, layout);
      } catch (...) {
#pragma omp critical
        failure = std::current_exception();
      }
    }
  }
  if (failure) std::rethrow_exception(failure);
}

void paa_dnn_engine::convert_weights(paa::Weights& own, const dnnl::memory::desc& layout) const {
  if (auto* known = own.find(layout)) {
    known->is_used = true;
    return;
  }
  dnnl::stream stream(engine);
  const auto reorder = [&](dnnl::memory from, dnnl::memory to) {
    dnnl::reorder(from, to).execute(stream, from, to);
    stream.wait();
  };
  paa::Buffer storage;  // of plain weights that are made again
  dnnl::memory plain = own.layouts.front().memory;
  const bool is_given = plain.get_desc() == own.plain();
  if (!is_given) {
    plain = dnnl::memory(own.plain(), engine, storage.reserve(own.plain().get_size()));
    reorder(own.layouts.front().memory, plain);
  }
  auto& result = add_layout(own, layout);
  reorder(plain, result.memory);
  result.is_used = true;
  if (is_given && !own.layouts.front().is_used && can_restore(own, layout)) own.layouts.erase(own.layouts.begin());
}

// Whether the plain weights can be made again from a layout. Not for integers: kernels may hold them halved.
bool paa_dnn_engine::can_restore(const paa::Weights& own, const dnnl::memory::desc& layout) const {
  if (own.is_int8()) return false;
  try {
    dnnl::reorder::primitive_desc(engine, layout, engine, own.plain());
    return true;
  } catch (const dnnl::error& error) {
    if (error.status != dnnl_unimplemented) throw;
    return false;
  }
}

int64_t paa_dnn_engine::weight_bytes() const {
  int64_t bytes = 0;
  for (const auto& own : weights)
    for (const auto& layout : own.layouts) bytes += int64_t(layout.memory.get_desc().get_size());
  return bytes;
}

paa::Layout& paa_dnn_engine::add_layout(paa::Weights& own, const dnnl::memory::desc& layout) const {
  paa::Buffer storage;
  char* place = storage.reserve(layout.get_size());
  own.layouts.push_back({std::move(storage), dnnl::memory(layout, engine, place)});
  return own.layouts.back();
}

paa_status paa_dnn_engine_create(int32_t threads, paa_dnn_engine** engine) {
  return paa::guard([&] { *engine = new paa_dnn_engine(threads); });
}

void paa_dnn_engine_free(paa_dnn_engine* engine) { delete engine; }

paa_status paa_dnn_engine_memory(const paa_dnn_engine* engine, int64_t* weights, int64_t* working) {
  return paa::guard([&] {
    *weights = engine->weight_bytes();
    *working = int64_t(engine->working.size());
  });
}

namespace {

int32_t add_weights(paa_dnn_engine& engine, const void* values, std::vector<float> steps, const float* bias, int outputs,
                    int inputs, int groups, int kernel) {
  if (outputs < 1 || inputs < 1 || groups < 1 || kernel < 1 || outputs % groups || inputs % groups)
    throw paa::Failure("weights: outputs and inputs must be positive multiples of groups");
  paa::Weights own{outputs, inputs, groups, kernel, std::move(steps)};
  if (bias) own.bias.assign(bias, bias + outputs);
  engine.keep(own, values);
  engine.weights.push_back(std::move(own));
  return int32_t(engine.weights.size() - 1);
}

}  // namespace

paa_status paa_dnn_engine_add_weights(paa_dnn_engine* engine, const float* values, const float* bias, int32_t outputs,
                                      int32_t inputs, int32_t groups, int32_t kernel, int32_t* weights) {
  return paa::guard([&] { *weights = add_weights(*engine, values, {}, bias, outputs, inputs, groups, kernel); });
}

paa_status paa_dnn_engine_add_int8_weights(paa_dnn_engine* engine, const int8_t* values, const float* steps, const float* bias,
                                           int32_t outputs, int32_t inputs, int32_t groups, int32_t kernel, int32_t* weights) {
  return paa::guard([&] {
    std::vector<float> own(steps, steps + std::max(outputs, 0));
    if (!std::all_of(own.begin(), own.end(), [](float step) { return step > 0 && std::isfinite(step); }))
      throw paa::Failure("weights: a step is not above 0");
    *weights = add_weights(*engine, values, std::move(own), bias, outputs, inputs, groups, kernel);
  });
}
