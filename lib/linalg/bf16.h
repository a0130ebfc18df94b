// bfloat16, the upper half of a float, as the inputs of products. What trains in it keeps
// parameters, moments and sums as floats.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kallos::linalg {

enum class Bf16 : uint16_t {};

// n values, each to the nearest, ties to even; NaN stays NaN.
void RoundToBf16(const float* from, size_t n, Bf16* to);
float FromBf16(Bf16 value);

// Whether this CPU has products of bfloat16, through oneDNN and AVX-512. Without, Bf16Product
// computes the same through floats, slower than those alone.
bool CpuHasBf16Products();

// How an operand of a product lies in memory: row-major, rows `stride` values apart, to be
// transposed or not.
template <typename T>
struct Operand {
  const T* data;
  size_t stride;
  bool transposed = false;
};

// c [m x n, rows stride_c apart] = a [m x k] * b [k x n], in the thread that calls.
void Bf16Product(size_t m, size_t n, size_t k, const Operand<Bf16>& a, const Operand<Bf16>& b,
                 float* c, size_t stride_c);

}  // namespace kallos::linalg
