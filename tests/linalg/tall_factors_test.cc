#include "lib/linalg/tall_factors.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "lib/core/rng.h"
#include "lib/linalg/orthonormal.h"
#include "lib/linalg/products.h"
#include "lib/parallel/parallel.h"

namespace kallos::linalg {
namespace {

// k x n, as the transposes of tall matrices; several panels and tiles, square, and one vector.
const std::vector<std::pair<size_t, size_t>> kShapes = {{1, 1},    {1, 9},   {5, 7},
                                                        {64, 100}, {65, 65}, {200, 301}};

Matrix<double> Random(size_t rows, size_t columns, uint64_t seed) {
  Stream stream(seed, "test/tall");
  Matrix<double> a(rows, columns);
  for (size_t i = 0; i < rows * columns; ++i) a.data()[i] = stream.Normal();
  return a;
}

// Of the given rank: row i repeats row i % rank, times i + 1.
Matrix<double> Dependent(size_t rows, size_t columns, size_t rank, uint64_t seed) {
  Matrix<double> a = Random(rows, columns, seed);
  for (size_t i = rank; i < rows; ++i) {
    for (size_t j = 0; j < columns; ++j) a(i, j) = static_cast<double>(i + 1) * a(i % rank, j);
  }
  return a;
}

// Largest entry of a - (a q^T) q: what the orthonormal rows of q do not span.
double Outside(Matrix<double> a, const Matrix<double>& q) {
  Matrix<double> coordinates(a.rows(), q.rows());
  AddProductTransposed(std::as_const(a).View(), q.View(), coordinates.View());
  for (size_t i = 0; i < a.rows() * q.rows(); ++i) coordinates.data()[i] *= -1;
  AddProduct(std::as_const(coordinates).View(), q.View(), a.View());
  double largest = 0;
  for (size_t i = 0; i < a.rows() * a.columns(); ++i)
    largest = std::max(largest, std::abs(a.data()[i]));
  return largest;
}

double LargestDifference(const Matrix<double>& a, const Matrix<double>& b) {
  double largest = 0;
  for (size_t i = 0; i < a.rows() * a.columns(); ++i)
    largest = std::max(largest, std::abs(a.data()[i] - b.data()[i]));
  return largest;
}

TEST(OrthonormaliseAny, KeepsTheSpaceOfEachNumberOfFirstRows) {
  for (const auto& [k, n] : kShapes) {
    const Matrix<double> a = Random(k, n, 1);
    Matrix<double> q = a;
    OrthonormaliseAny(q.View());
    EXPECT_LT(OrthonormalityError(q.View()), 1e-13);
    EXPECT_LT(Outside(a, q), 1e-12);
    Matrix<double> first(1, n);
    std::ranges::copy(q.Row(0), first.Row(0).begin());
    Matrix<double> row(1, n);
    std::ranges::copy(a.Row(0), row.Row(0).begin());
    EXPECT_LT(Outside(row, first), 1e-12);
  }
}

TEST(OrthonormaliseAny, FillsUpWhatDependentRowsLack) {
  const Matrix<double> a = Dependent(150, 200, 40, 2);
  Matrix<double> copy = a;
  EXPECT_FALSE(Orthonormalise(copy.View()) && OrthonormalityError(copy.View()) < 1e-10);
  Matrix<double> q = a;
  OrthonormaliseAny(q.View());
  EXPECT_LT(OrthonormalityError(q.View()), 1e-13);
  EXPECT_LT(Outside(a, q), 1e-10);
  Matrix<double> zero(3, 5);
  OrthonormaliseAny(zero.View());
  EXPECT_LT(OrthonormalityError(zero.View()), 1e-15);
}

TEST(TriangularFactor, HasTheGramOfTheRows) {
  for (const auto& [k, n] : kShapes) {
    const Matrix<double> a = Random(k, n, 3);
    Matrix<double> copy = a;
    const Matrix<double> r = TriangularFactor(copy.View());
    Matrix<double> expected(k, k);
    AddProductTransposed(a.View(), a.View(), expected.View());
    Matrix<double> gram(k, k);
    AddTransposedProduct(r.View(), r.View(), gram.View());
    EXPECT_LT(LargestDifference(gram, expected), 1e-11);
    for (size_t i = 0; i < k; ++i) {
      for (size_t j = 0; j < i; ++j) EXPECT_EQ(r(i, j), 0);
    }
  }
}

TEST(LowerFactor, IsLowerTriangularAfterPivotingAndSpansTheRows) {
  for (const auto& [k, n] : kShapes) {
    const Matrix<double> a = Random(k, n, 4);
    Matrix<double> l = a;
    LowerFactor(l.View());
    Matrix<double> q = l;
    OrthonormaliseAny(q.View());
    EXPECT_LT(Outside(a, q), 1e-9) << k << " x " << n;
    EXPECT_LE(std::abs(*std::max_element(l.data(), l.data() + k * n)), 1);
    EXPECT_LE(std::abs(*std::min_element(l.data(), l.data() + k * n)), 1);
    // Row j of P L has j zeros, a one, and is zero wherever later rows have their ones.
    for (size_t j = 0; j < k; ++j) {
      EXPECT_GE(std::ranges::count(l.Row(j), 0.0), static_cast<ptrdiff_t>(j));
      EXPECT_GE(std::ranges::count(l.Row(j), 1.0), 1);
    }
  }
}

TEST(LowerFactor, KnownAnswer) {
  // [[1, 2], [4, 4], [2, 4]] = P L U: pivot 4; then 2 of the last row against 1 of the first.
  Matrix<double> a(2, 3);
  std::ranges::copy(std::vector<double>{1, 4, 2}, a.Row(0).begin());
  std::ranges::copy(std::vector<double>{2, 4, 4}, a.Row(1).begin());
  LowerFactor(a.View());
  EXPECT_THAT(a.Row(0), testing::ElementsAre(0.25, 1, 0.5));
  EXPECT_THAT(a.Row(1), testing::ElementsAre(0.5, 0, 1));
}

TEST(LowerFactor, OfDependentRowsIsFiniteAndSpansThem) {
  const Matrix<double> a = Dependent(150, 200, 40, 5);
  Matrix<double> l = a;
  LowerFactor(l.View());
  Matrix<double> q = l;
  OrthonormaliseAny(q.View());
  EXPECT_LT(Outside(a, q), 1e-8);
}

TEST(SquareSvd, MultipliesBack) {
  for (const size_t n : {size_t{1}, size_t{7}, size_t{90}}) {
    const Matrix<double> a = Random(n, n, 6);
    Matrix<double> copy = a;
    Svd svd = SquareSvd(copy);
    EXPECT_TRUE(std::ranges::is_sorted(svd.values, std::greater<>()));
    EXPECT_LT(OrthonormalityError(svd.left.View()), 1e-13);
    EXPECT_LT(OrthonormalityError(svd.right.View()), 1e-13);
    for (size_t i = 0; i < n; ++i) {
      for (size_t j = 0; j < n; ++j) svd.left(i, j) *= svd.values[j];
    }
    Matrix<double> product(n, n);
    AddProduct(std::as_const(svd.left).View(), std::as_const(svd.right).View(), product.View());
    EXPECT_LT(LargestDifference(product, a), 1e-12);
  }
}

TEST(TallFactors, SameBytesAtAnyThreadCount) {
  std::vector<std::vector<double>> results;
  for (const int threads : {1, 2, 5}) {
    SetThreads(threads);
    std::vector<double> result;
    for (const auto& factor : {OrthonormaliseAny, LowerFactor}) {
      Matrix<double> a = Random(200, 301, 7);
      factor(a.View());
      result.insert(result.end(), a.data(), a.data() + 200 * 301);
    }
    results.push_back(result);
  }
  SetThreads(0);
  EXPECT_EQ(results[0], results[1]);
  EXPECT_EQ(results[0], results[2]);
}

}  // namespace
}  // namespace kallos::linalg
