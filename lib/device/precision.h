// In which numbers products are computed, as --precision says.
#pragma once

#include "lib/core/enum_names.h"

namespace kallos {

// The factors of a product are rounded, its sums stay float32:
//   fp32  not at all
//   tf32  to 10 bits behind the point, by CUDA's tensor cores
//   fp16  to 10 bits and 5 bits of exponent; on CUDA
//   bf16  to 7 bits; on CUDA and on CPUs with AVX-512
// Who computes in fewer of them refuses the others.
enum class Precision { kFp32, kTf32, kFp16, kBf16 };
inline NamedValues<Precision> EnumTable(Precision) {
  using enum Precision;
  return {{kFp32, "fp32"}, {kTf32, "tf32"}, {kFp16, "fp16"}, {kBf16, "bf16"}};
}

}  // namespace kallos
