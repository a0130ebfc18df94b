#include "lib/linalg/bf16.h"

#include <gmock/gmock.h>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "lib/core/rng.h"
#include "lib/linalg/float_products.h"
#ifdef KALLOS_WITH_ONEDNN
#include "lib/linalg/bf16_onednn.h"
#endif

namespace kallos::linalg {
namespace {

float Round(float value) {
  Bf16 rounded;
  RoundToBf16(&value, 1, &rounded);
  return FromBf16(rounded);
}

Matrix<float> Random(size_t rows, size_t columns, uint64_t seed) {
  Matrix<float> values(rows, columns);
  Stream stream(seed, "test/bf16");
  for (size_t i = 0; i < rows * columns; ++i)
    values.data()[i] = static_cast<float>(stream.Normal());
  return values;
}

Matrix<Bf16> Rounded(const Matrix<float>& values) {
  Matrix<Bf16> rounded(values.rows(), values.columns());
  RoundToBf16(values.data(), values.rows() * values.columns(), rounded.data());
  return rounded;
}

// Sum over k of left(k) * right(k), both rounded first.
template <typename Left, typename Right>
double Expected(size_t depth, const Left& left, const Right& right) {
  double sum = 0;
  for (size_t k = 0; k < depth; ++k)
    sum += static_cast<double>(Round(left(k))) * static_cast<double>(Round(right(k)));
  return sum;
}

TEST(Bf16, RoundsToTheNearestAndTiesToEven) {
  EXPECT_EQ(Round(1.0f), 1.0f);
  EXPECT_EQ(Round(-3.140625f), -3.140625f) << "8 bits";
  EXPECT_EQ(Round(1 + 0x1p-8f), 1.0f) << "a tie, down to even";
  EXPECT_EQ(Round(1 + 0x3p-8f), 1 + 0x2p-7f) << "a tie, up to even";
  EXPECT_EQ(Round(1 + 0x1.01p-8f), 1 + 0x1p-7f);
  EXPECT_EQ(Round(std::numeric_limits<float>::max()), std::numeric_limits<float>::infinity());
  EXPECT_EQ(Round(-std::numeric_limits<float>::infinity()),
            -std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(Round(std::bit_cast<float>(0x7fffffffu)))) << "the carry would make it -0";
  EXPECT_TRUE(std::signbit(Round(-0.0f)));
  Stream stream(1, "test/bf16/rounding");
  for (int i = 0; i < 1000; ++i) {
    const auto value = static_cast<float>(stream.Normal());
    EXPECT_LE(std::abs(Round(value) - value), std::abs(value) * 0x1p-8f);
  }
}

TEST(Bf16, ProductsAreThoseOfTheRoundedValues) {
  const Matrix<float> a = Random(37, 300, 1), b = Random(300, 530, 2), c = Random(37, 530, 3);
  const Matrix<Bf16> c16 = Rounded(c), b16 = Rounded(b), a16 = Rounded(a);
  Matrix<float> product(37, 530);
  Multiply(a16.View(), b16.View(), product.View());
  for (const size_t j : {0u, 255u, 256u, 529u}) {
    const auto column = [&](size_t k) { return b(k, j); };
    EXPECT_NEAR(product(36, j),
                Expected(
                    300, [&](size_t k) { return a(36, k); }, column),
                1e-4)
        << j;
  }
  Matrix<float> transposed(37, 300);
  MultiplyTransposed(c16.View(), b16.View(), transposed.View());
  for (const size_t j : {0u, 255u, 256u, 299u})
    EXPECT_NEAR(transposed(5, j),
                Expected(
                    530, [&](size_t k) { return c(5, k); }, [&](size_t k) { return b(j, k); }),
                2e-4);
  std::vector<float> rows(10 * 530);
  TransposedMultiplyRows(a16.View(), c16.View(), 20, 10, rows.data());
  for (const size_t j : {0u, 529u})
    EXPECT_NEAR(rows[9 * 530 + j],
                Expected(
                    37, [&](size_t k) { return a(k, 29); }, [&](size_t k) { return c(k, j); }),
                1e-4);
}

#ifdef KALLOS_WITH_ONEDNN
// Its strides and transpositions, which are the same for both types, on any CPU.
TEST(OneDnnProduct, OfFloatsIsThatOfBlas) {
  const Matrix<float> a = Random(37, 300, 1), b = Random(300, 530, 2), c = Random(37, 530, 3);
  Matrix<float> expected(37, 530), found(37, 530);
  Multiply(a.View(), b.View(), expected.View());
  OneDnnProduct<float>(37, 200, 300, {a.data(), 300}, {b.data() + 256, 530}, found.data() + 256,
                       530);
  for (const size_t j : {256u, 300u, 455u}) EXPECT_NEAR(found(30, j), expected(30, j), 1e-4);
  EXPECT_EQ(found(30, 255), 0) << "outside the tile";
  EXPECT_EQ(found(30, 456), 0) << "outside the tile";
  Matrix<float> below(37, 300), below_found(37, 300);
  MultiplyTransposed(c.View(), b.View(), below.View());
  OneDnnProduct<float>(37, 300, 530, {c.data(), 530}, {b.data(), 530, true}, below_found.data(),
                       300);
  std::vector<float> rows(10 * 530), rows_found(10 * 530);
  TransposedMultiplyRows(a.View(), c.View(), 20, 10, rows.data());
  OneDnnProduct<float>(10, 530, 37, {a.data() + 20, 300, true}, {c.data(), 530}, rows_found.data(),
                       530);
  for (int twice = 0; twice < 2; ++twice) {
    for (size_t i = 0; i < 37 * 300; i += 7)
      EXPECT_NEAR(below_found.data()[i], below.data()[i], 2e-4);
    for (size_t i = 0; i < rows.size(); i += 7) EXPECT_NEAR(rows_found[i], rows[i], 1e-4);
    // Of a shape whose product was made before.
    OneDnnProduct<float>(37, 300, 530, {c.data(), 530}, {b.data(), 530, true}, below_found.data(),
                         300);
  }
}

TEST(OneDnnProduct, OfBf16IsThatOfFloats) {
  if (!CpuHasBf16Products())
    GTEST_SKIP() << "this CPU has no AVX-512, which oneDNN's bfloat16 needs";
  const Matrix<float> a = Random(128, 300, 1), b = Random(300, 530, 2);
  const Matrix<Bf16> a16 = Rounded(a), b16 = Rounded(b);
  Matrix<float> found(128, 530);
  OneDnnProduct<Bf16>(128, 530, 300, {a16.data(), 300}, {b16.data(), 530}, found.data(), 530);
  for (size_t i = 0; i < 128; i += 9) {
    for (size_t j = 0; j < 530; j += 9)
      EXPECT_NEAR(found(i, j),
                  Expected(
                      300, [&](size_t k) { return a(i, k); }, [&](size_t k) { return b(k, j); }),
                  2e-4);
  }
}
#endif

}  // namespace
}  // namespace kallos::linalg
