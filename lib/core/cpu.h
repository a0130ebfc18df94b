// What this processor can do.
#pragma once

namespace kallos {

// AVX-512 F, BW, DQ and VL: what oneDNN calls avx512_core, and needs for bfloat16.
inline bool CpuHasAvx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

inline bool CpuHasAvx2() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

}  // namespace kallos
