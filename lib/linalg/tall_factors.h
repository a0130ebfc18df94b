// Factorisations of tall matrices of any rank, in blocks on all threads; the same bytes at any
// thread count. A tall matrix [n x k], k <= n, is given as its transpose `a` [k x n]: one
// contiguous row for each of its columns.
#pragma once

#include <cstddef>
#include <vector>

#include "lib/core/matrix.h"

namespace kallos::linalg {

// a^T = Q R -> Q^T: orthonormal rows whose first i span what the first i of `a` do; where rows are
// dependent, further directions fill up. Householder reflections in compact WY form (LAPACK
// dgeqrt3; Elmroth & Gustavson, IBM J. Res. Dev. 44, 2000). Unlike Orthonormalise it cannot fail,
// and takes longer.
void OrthonormaliseAny(MatrixView<double> a);

// The upper triangular R [k x k] of a^T = Q R; `a` is destroyed.
Matrix<double> TriangularFactor(MatrixView<double> a);

// a^T = P L U with partial pivoting (LAPACK dgetrf on panels) -> (P L)^T: rows that span the same
// as before, with entries of magnitude <= 1.
void LowerFactor(MatrixView<double> a);

// Bytes that each of these needs besides `a` and its result.
size_t TallFactorBytes(size_t k, size_t n);

// a = left * diag(values) * right.
struct Svd {
  Matrix<double> left;         // n x n
  std::vector<double> values;  // n, descending
  Matrix<double> right;        // n x n
};

// Of a square matrix, which is destroyed (LAPACK dgesdd, one thread).
Svd SquareSvd(Matrix<double>& a);
// Bytes that SquareSvd needs besides `a`, its result included.
size_t SquareSvdBytes(size_t n);

}  // namespace kallos::linalg
