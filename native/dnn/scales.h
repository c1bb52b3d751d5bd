// The steps of integers as oneDNN wants them: in 2.x one factor in front of the result, in 3.x one for each argument.
#pragma once

#include <algorithm>
#include <dnnl.hpp>
#include <unordered_map>
#include <utility>
#include <vector>

#include "map.h"

namespace paa {

// Memory of its own with these numbers.
inline dnnl::memory vector_memory(const dnnl::engine& engine, const std::vector<float>& values) {
  dnnl::memory own({{dnnl::memory::dim(values.size())}, dnnl::memory::data_type::f32, dnnl::memory::format_tag::x}, engine);
  std::copy(values.begin(), values.end(), static_cast<float*>(own.get_data_handle()));
  return own;
}

// A map in another format.
class MapConversion {
 public:
  MapConversion(const dnnl::engine& engine, const MapFormat& from, const MapFormat& to)
      : source_(from.layout, engine, nullptr), target_(to.layout, engine, nullptr) {
    dnnl::primitive_attr attributes;
#if DNNL_VERSION_MAJOR < 3
    if (from.step != to.step) attributes.set_output_scales(0, {from.step / to.step});
#else
    for (const auto& [argument, step] : {std::pair{DNNL_ARG_SRC, from.step}, std::pair{DNNL_ARG_DST, to.step}}) {
      if (step == 1.0f) continue;
      attributes.set_scales_mask(argument, 0);
      arguments_.emplace(DNNL_ARG_ATTR_SCALES | argument, vector_memory(engine, {step}));
    }
#endif
    reorder_ = dnnl::reorder({engine, from.layout, engine, to.layout, attributes});
    arguments_.insert({{DNNL_ARG_FROM, source_}, {DNNL_ARG_TO, target_}});
  }

  void run(const dnnl::stream& stream, void* source, void* target) {
    source_.set_data_handle(source);
    target_.set_data_handle(target);
    reorder_.execute(stream, arguments_);
  }

 private:
  dnnl::reorder reorder_;
  dnnl::memory source_, target_;
  std::unordered_map<int, dnnl::memory> arguments_;
};

}  // namespace paa
