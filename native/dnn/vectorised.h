// Functions that exist in one version for each instruction set, chosen when the library is loaded.
#pragma once

#define PAA_VECTORISED __attribute__((target_clones("arch=skylake-avx512", "avx2", "default")))
#define PAA_INLINE inline __attribute__((always_inline))
