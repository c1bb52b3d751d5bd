#include "paa_dnn.h"

#include "../common/status.h"

#include <dnnl.hpp>

namespace {

const char* instruction_set() {
  switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::sse41: return "SSE4.1";
    case dnnl::cpu_isa::avx: return "AVX";
    case dnnl::cpu_isa::avx2: return "AVX2";
    case dnnl::cpu_isa::avx2_vnni: return "AVX2 with VNNI";
    case dnnl::cpu_isa::avx512_core: return "AVX-512";
    case dnnl::cpu_isa::avx512_core_vnni: return "AVX-512 with VNNI";
    case dnnl::cpu_isa::avx512_core_bf16: return "AVX-512 with VNNI and bfloat16";
    case dnnl::cpu_isa::avx512_core_amx: return "AVX-512 with AMX";
    default: return "newer than AVX-512 with AMX";
  }
}

}  // namespace

int32_t paa_dnn_abi_version() { return PAA_DNN_ABI_VERSION; }

const char* paa_dnn_last_error() { return paa::last_error().c_str(); }

int32_t paa_dnn_has_int8() {
  switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::sse41:
    case dnnl::cpu_isa::avx:
    case dnnl::cpu_isa::avx2:
    case dnnl::cpu_isa::avx512_core: return 0;
    default: return 1;
  }
}

const char* paa_dnn_versions() {
  static const std::string text = [] {
    const dnnl_version_t* version = dnnl::version();
    return "oneDNN " + std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
           std::to_string(version->patch) + ", " + instruction_set();
  }();
  return text.c_str();
}
