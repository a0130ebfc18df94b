// What every SymmetricAlgebra must do: agree with the host's.
#pragma once

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "lib/core/rng.h"
#include "lib/linalg/orthonormal.h"
#include "lib/linalg/products.h"
#include "lib/linalg/symmetric_algebra.h"

namespace kallos {

inline Matrix<double> RandomMatrix(size_t rows, size_t columns, uint64_t seed) {
  Matrix<double> matrix(rows, columns);
  Stream stream(seed, "test/algebra", rows, columns);
  for (size_t i = 0; i < rows * columns; ++i) matrix.data()[i] = stream.Normal();
  return matrix;
}

// Products of random rows; below the diagonal NaN, which nothing may read.
inline Matrix<double> RandomGram(size_t rows, size_t columns, uint64_t seed) {
  Matrix<double> gram(columns, columns);
  linalg::AddGram(RandomMatrix(rows, columns, seed).View(), gram.View());
  for (size_t i = 0; i < columns; ++i)
    std::fill_n(gram.Row(i).begin(), i, std::numeric_limits<double>::quiet_NaN());
  return gram;
}

// Largest difference of the upper triangles, over the largest entry of `a`.
inline double UpperDifference(const Matrix<double>& a, const Matrix<double>& b) {
  double difference = 0;
  double scale = 0;
  for (size_t i = 0; i < a.rows(); ++i) {
    for (size_t j = i; j < a.columns(); ++j) {
      difference = std::max(difference, std::abs(a(i, j) - b(i, j)));
      scale = std::max(scale, std::abs(a(i, j)));
    }
  }
  return difference / scale;
}

// Sums of blocks, from a matrix that holds something already, fetched in between and at the end.
inline void ExpectSameSums(const linalg::SymmetricAlgebra& algebra, size_t columns) {
  Matrix<double> expected = RandomGram(5, columns, 1);
  Matrix<double> found = expected;
  const std::unique_ptr<linalg::GramSum> sum = algebra.SumInto(found);
  int meanwhile = 0;
  for (uint64_t block = 0; block < 4; ++block) {
    const Matrix<double> rows = RandomMatrix(30 + block, columns, 2 + block);
    linalg::AddGram(rows.View(), expected.View());
    sum->Add(rows.View(), [&] { ++meanwhile; });
    if (block == 2) continue;
    sum->Fetch();
    EXPECT_LT(UpperDifference(expected, found), 1e-10) << columns << " columns, block " << block;
  }
  EXPECT_EQ(meanwhile, 4);
}

// The eigenvalues of `a`, and the span of its first eigenvectors: that of single ones where they
// are told apart.
inline void ExpectSameEigenpairs(const linalg::SymmetricAlgebra& algebra, const Matrix<double>& a,
                                 size_t count) {
  Matrix<double> copy = a;
  Matrix<double> own = a;
  const auto choose = [count](const std::vector<double>&) { return count; };
  const linalg::Eigenpairs expected = linalg::HostAlgebra().LargestEigenpairs(copy, choose);
  const linalg::Eigenpairs found = algebra.LargestEigenpairs(own, choose);
  ASSERT_EQ(found.values.size(), a.rows());
  ASSERT_EQ(found.vectors.rows(), count);
  for (size_t i = 0; i < a.rows(); ++i)
    EXPECT_NEAR(found.values[i], expected.values[i], 1e-10 * expected.values[0]) << i;
  EXPECT_LT(linalg::OrthonormalityError(found.vectors.View()), 1e-10);
  Matrix<double> cosines(count, count);
  linalg::AddProductTransposed(found.vectors.View(), expected.vectors.View(), cosines.View());
  for (size_t i = 0; i < count; ++i) {
    double gap = expected.values[0];
    if (i > 0) gap = std::min(gap, expected.values[i - 1] - expected.values[i]);
    if (i + 1 < a.rows()) gap = std::min(gap, expected.values[i] - expected.values[i + 1]);
    if (gap > 1e-4 * expected.values[0]) {
      EXPECT_NEAR(std::abs(cosines(i, i)), 1, 1e-10) << i;
    }
  }
  // Wanted vectors that the others do not mix with span the same space.
  if (count == 0 || count == a.rows() ||
      expected.values[count - 1] - expected.values[count] < 1e-4 * expected.values[0])
    return;
  EXPECT_LT(linalg::OrthonormalityError(cosines.View()), 1e-10);
}

inline void ExpectAgreesWithHost(const linalg::SymmetricAlgebra& algebra) {
  for (const size_t columns : {1, 2, 63, 300}) {
    ExpectSameSums(algebra, columns);
    const Matrix<double> gram = RandomGram(2 * columns, columns, 7);
    for (const size_t count : {size_t{0}, size_t{1}, (columns + 1) / 2, columns})
      ExpectSameEigenpairs(algebra, gram, count);
  }
  ExpectSameSums(algebra, 1100);  // more than one panel
  // Eigenvalue 1 three times and the rest 0: only the span of the first three is determined.
  Matrix<double> rows = RandomMatrix(3, 60, 8);
  ASSERT_TRUE(linalg::Orthonormalise(rows.View()));
  Matrix<double> equal(60, 60);
  linalg::AddGram(rows.View(), equal.View());
  ExpectSameEigenpairs(algebra, equal, 3);
}

}  // namespace kallos
