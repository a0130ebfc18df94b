// oneDNN's product. No oneDNN type in this header.
#pragma once

#include "lib/linalg/bf16.h"

namespace kallos::linalg {

// As Bf16Product, for bfloat16 or, for tests on CPUs without it, floats.
template <typename T>
void OneDnnProduct(size_t m, size_t n, size_t k, const Operand<T>& a, const Operand<T>& b, float* c,
                   size_t stride_c);

}  // namespace kallos::linalg
