// The steps of integers as oneDNN wants them: in 2.x one factor in front of the result, in 3.x one for each argument.
#pragma once

#include <dnnl.hpp>
#include <unordered_map>
#include <vector>

namespace paa {

// Memory of its own with these numbers.
inline dnnl::memory vector_memory(const dnnl::engine& engine, const std::vector<float>& values) {
    dnnl::memory own({{dnnl::memory::dim(values.size())}, dnnl::memory::data_type::f32, dnnl::memory::format_tag::x}, engine);
    std::copy(values.begin(), values.end(), static_cast<float*>(own.get_data_handle()));
    return own;
}

// Attributes of a conversion between elements of these steps; its further arguments are added to `arguments`.
inline dnnl::primitive_attr conversion(const dnnl::engine& engine, float from, float to,
                                       std::unordered_map<int, dnnl::memory>& arguments) {
    dnnl::primitive_attr attributes;
#if DNNL_VERSION_MAJOR < 3
    (void)engine, (void)arguments;
    if (from != to) attributes.set_output_scales(0, {from / to});
#else
    for (const auto& [argument, step] : {std::pair{DNNL_ARG_SRC, from}, std::pair{DNNL_ARG_DST, to}}) {
        if (step == 1.0f) continue;
        attributes.set_scales_mask(argument, 0);
        arguments.emplace(DNNL_ARG_ATTR_SCALES | argument, vector_memory(engine, {step}));
    }
#endif
    return attributes;
}

}  // namespace paa
