#include "lib/linalg/bf16.h"

#include <cblas.h>

#include <bit>
#include <vector>

#include "lib/core/cpu.h"
#include "lib/core/target_clones.h"
#include "lib/linalg/blas_int.h"
#ifdef KALLOS_WITH_ONEDNN
#include "lib/linalg/bf16_onednn.h"
#endif

namespace kallos::linalg {
namespace {

// The operand as dense floats, not transposed yet: rows x columns.
std::vector<float> Widen(const Operand<Bf16>& operand, size_t rows, size_t columns) {
  std::vector<float> values(rows * columns);
  for (size_t i = 0; i < rows; ++i) {
    for (size_t j = 0; j < columns; ++j)
      values[i * columns + j] = FromBf16(operand.data[i * operand.stride + j]);
  }
  return values;
}

void ProductOfFloats(size_t m, size_t n, size_t k, const Operand<Bf16>& a, const Operand<Bf16>& b,
                     float* c, size_t stride_c) {
  const size_t a_columns = a.transposed ? m : k, b_columns = b.transposed ? k : n;
  const std::vector<float> wide_a = Widen(a, a.transposed ? k : m, a_columns);
  const std::vector<float> wide_b = Widen(b, b.transposed ? n : k, b_columns);
  cblas_sgemm(CblasRowMajor, a.transposed ? CblasTrans : CblasNoTrans,
              b.transposed ? CblasTrans : CblasNoTrans, BlasInt(m), BlasInt(n), BlasInt(k), 1,
              wide_a.data(), BlasInt(a_columns), wide_b.data(), BlasInt(b_columns), 0, c,
              BlasInt(stride_c));
}

}  // namespace

// A bfloat16 is the upper 16 bits of a float. To the nearest, ties to even (IEEE 754, 4.3.1):
// adding 0x7fff + (the last bit that stays) carries into the upper half where the lower one is
// above 0x8000, or is 0x8000 and that bit is 1.
KALLOS_TARGET_CLONES("avx512f", "avx2", "default")
void RoundToBf16(const float* from, size_t n, Bf16* to) {
  for (size_t i = 0; i < n; ++i) {
    const uint32_t bits = std::bit_cast<uint32_t>(from[i]);
    const uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
    const bool nan = (bits & 0x7fffffff) > 0x7f800000;
    // Rounding could carry a NaN to infinity: it is cut, and made quiet.
    to[i] = static_cast<Bf16>(nan ? (bits >> 16) | 0x40 : rounded);
  }
}

float FromBf16(Bf16 value) {
  return std::bit_cast<float>(static_cast<uint32_t>(value) << 16);
}

bool CpuHasBf16Products() {
#ifdef KALLOS_WITH_ONEDNN
  return CpuHasAvx512();
#else
  return false;
#endif
}

void Bf16Product(size_t m, size_t n, size_t k, const Operand<Bf16>& a, const Operand<Bf16>& b,
                 float* c, size_t stride_c) {
#ifdef KALLOS_WITH_ONEDNN
  if (CpuHasAvx512()) return OneDnnProduct(m, n, k, a, b, c, stride_c);
#endif
  ProductOfFloats(m, n, k, a, b, c, stride_c);
}

}  // namespace kallos::linalg
