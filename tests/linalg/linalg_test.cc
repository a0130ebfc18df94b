#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "lib/core/rng.h"
#include "lib/linalg/orthonormal.h"
#include "lib/linalg/products.h"
#include "lib/linalg/symmetric_eigen.h"
#include "lib/parallel/parallel.h"

namespace kallos::linalg {
namespace {

Matrix<double> Random(size_t rows, size_t columns, uint64_t seed) {
  Matrix<double> matrix(rows, columns);
  Stream stream(seed, "test/linalg", rows, columns);
  for (size_t i = 0; i < rows * columns; ++i) matrix.data()[i] = stream.Normal();
  return matrix;
}

double LargestDifference(const Matrix<double>& a, const Matrix<double>& b) {
  double largest = 0;
  for (size_t i = 0; i < a.rows() * a.columns(); ++i)
    largest = std::max(largest, std::abs(a.data()[i] - b.data()[i]));
  return largest;
}

Matrix<double> Transpose(const Matrix<double>& a) {
  Matrix<double> out(a.columns(), a.rows());
  for (size_t i = 0; i < a.rows(); ++i) {
    for (size_t j = 0; j < a.columns(); ++j) out(j, i) = a(i, j);
  }
  return out;
}

Matrix<double> PlainProduct(const Matrix<double>& a, const Matrix<double>& b) {
  Matrix<double> c(a.rows(), b.columns());
  for (size_t i = 0; i < a.rows(); ++i) {
    for (size_t k = 0; k < a.columns(); ++k) {
      for (size_t j = 0; j < b.columns(); ++j) c(i, j) += a(i, k) * b(k, j);
    }
  }
  return c;
}

TEST(Products, AgreeWithPlainLoops) {
  for (const auto& [n, k, m] :
       {std::array<size_t, 3>{1, 1, 1}, {65, 7, 130}, {200, 33, 64}, {3, 500, 700}}) {
    const Matrix<double> a = Random(n, k, 1);
    const Matrix<double> b = Random(k, m, 2);
    const Matrix<double> expected = PlainProduct(a, b);
    Matrix<double> c(n, m), d(n, m), e(n, m);
    const Matrix<double> transposed_a = Transpose(a);
    const Matrix<double> transposed_b = Transpose(b);
    AddProduct(a.View(), b.View(), c.View());
    AddProductTransposed(a.View(), transposed_b.View(), d.View());
    AddTransposedProduct(transposed_a.View(), b.View(), e.View());
    EXPECT_LT(LargestDifference(c, expected), 1e-10);
    EXPECT_LT(LargestDifference(d, expected), 1e-10);
    EXPECT_LT(LargestDifference(e, expected), 1e-10);
    AddProduct(a.View(), b.View(), c.View());
    EXPECT_NEAR(c(0, 0), 2 * expected(0, 0), 1e-10) << "adds";
  }
}

TEST(Products, GramIsTheUpperTriangle) {
  const Matrix<double> x = Random(40, 333, 3);
  const Matrix<double> expected = PlainProduct(Transpose(x), x);
  Matrix<double> c(333, 333);
  AddGram(x.View(), c.View());
  for (size_t i = 0; i < 333; ++i) {
    for (size_t j = i; j < 333; ++j) ASSERT_NEAR(c(i, j), expected(i, j), 1e-10);
  }
}

TEST(Products, SameBytesAtAnyThreadCount) {
  const Matrix<double> x = Random(100, 700, 4);
  std::vector<Matrix<double>> found;
  for (const int threads : {1, 2, 5}) {
    SetThreads(threads);
    found.emplace_back(700, 700);
    AddGram(x.View(), found.back().View());
  }
  SetThreads(0);
  EXPECT_EQ(LargestDifference(found[0], found[1]), 0);
  EXPECT_EQ(LargestDifference(found[0], found[2]), 0);
}

// a = sum of values[i] * v_i v_i^T for random orthonormal v_i.
Matrix<double> WithSpectrum(const std::vector<double>& values, Matrix<double>* vectors) {
  *vectors = Random(values.size(), values.size(), 5);
  EXPECT_TRUE(Orthonormalise(vectors->View()));
  Matrix<double> scaled = *vectors;
  for (size_t i = 0; i < values.size(); ++i) {
    for (double& x : scaled.Row(i)) x *= values[i];
  }
  return PlainProduct(Transpose(*vectors), scaled);
}

class Eigen : public testing::TestWithParam<size_t> {};

TEST_P(Eigen, PlantedSpectrumIsRecovered) {
  const size_t n = GetParam();
  std::vector<double> values(n);
  for (size_t i = 0; i < n; ++i) values[i] = 10.0 * std::pow(0.97, static_cast<double>(i));
  Matrix<double> vectors;
  Matrix<double> a = WithSpectrum(values, &vectors);
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < i; ++j) a(i, j) = NAN;  // the lower triangle is not read
  }
  const size_t count = (n + 1) / 2;
  const Eigenpairs pairs = LargestEigenpairs(a, [&](const std::vector<double>&) { return count; });
  ASSERT_EQ(pairs.values.size(), n);
  ASSERT_EQ(pairs.vectors.rows(), count);
  for (size_t i = 0; i < n; ++i)
    EXPECT_NEAR(pairs.values[i], values[i], 1e-12 * values[0] * static_cast<double>(n));
  EXPECT_LT(OrthonormalityError(pairs.vectors.View()), 1e-12);
  for (size_t i = 0; i < count; ++i) {
    double dot = 0;
    for (size_t j = 0; j < n; ++j) dot += pairs.vectors(i, j) * vectors(i, j);
    EXPECT_NEAR(std::abs(dot), 1, 1e-9) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, Eigen, testing::Values(1, 2, 3, 50, 255, 256, 300));

TEST(Eigen, SameBytesAtAnyThreadCount) {
  std::vector<double> values(400);
  for (size_t i = 0; i < values.size(); ++i) values[i] = 1.0 / static_cast<double>(1 + i);
  std::vector<Eigenpairs> found;
  for (const int threads : {1, 2, 5}) {
    SetThreads(threads);
    Matrix<double> vectors;
    Matrix<double> a = WithSpectrum(values, &vectors);
    found.push_back(LargestEigenpairs(a, [](const std::vector<double>&) { return 100; }));
  }
  SetThreads(0);
  EXPECT_EQ(LargestDifference(found[0].vectors, found[1].vectors), 0);
  EXPECT_EQ(LargestDifference(found[0].vectors, found[2].vectors), 0);
}

TEST(Eigen, TellsItsSteps) {
  Matrix<double> a = Random(5, 5, 1);
  std::vector<std::string> steps;
  LargestEigenpairs(
      a, [](const std::vector<double>&) { return 0; },
      {.on_step = [&](const std::string& step, double) { steps.push_back(step); }, .on_work = {}});
  EXPECT_THAT(steps,
              testing::ElementsAre("tridiagonal form", "eigenvectors of the tridiagonal form",
                                   "back-transformation"));
}

TEST(Orthonormalise, KeepsTheFirstDirections) {
  Matrix<double> a = Random(30, 100, 7);
  for (size_t i = 1; i < a.rows(); ++i) {
    for (size_t j = 0; j < a.columns(); ++j)
      a(i, j) = a(0, j) + 1e-4 * a(i, j);  // nearly parallel rows
  }
  const Matrix<double> before = a;
  ASSERT_TRUE(Orthonormalise(a.View()));
  EXPECT_LT(OrthonormalityError(a.View()), 1e-13);
  double dot = 0, square = 0;
  for (size_t j = 0; j < a.columns(); ++j) {
    dot += a(0, j) * before(0, j);
    square += before(0, j) * before(0, j);
  }
  EXPECT_NEAR(dot, std::sqrt(square), 1e-9) << "row 0 only changes its length";
}

TEST(Orthonormalise, DependentRowsAreNoticed) {
  Matrix<double> a = Random(3, 10, 8);
  for (size_t j = 0; j < 10; ++j) a(2, j) = 0;
  EXPECT_FALSE(Orthonormalise(a.View()));
}

}  // namespace
}  // namespace kallos::linalg
