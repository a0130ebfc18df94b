// Reduction of a symmetric matrix to tridiagonal form.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "lib/core/matrix.h"

namespace kallos::linalg {

// T = Q^T A Q. Q is the product of reflectors I - tau[i] v_i v_i^T, as LAPACK's dormtr takes them.
struct Tridiagonal {
  std::vector<double> diagonal;      // n
  std::vector<double> off_diagonal;  // n, the last unused
  std::vector<double> tau;           // n, the last unused
};

// Of `a` [n x n] only the upper triangle (column >= row) is read; v_i replaces what is right of
// a(i, i), its leading 1 left out. Blocked Householder reduction (Dongarra, Hammarling & Sorensen,
// J. Comput. Appl. Math. 27, 1989; LAPACK's dsytrd), with the product of matrix and vector and the
// update of the rest in fixed tiles on all threads: the same bytes at any thread count. `on_work`
// is told now and then how many floating point operations were done since the last call, of
// TridiagonalWork in all, and may throw.
Tridiagonal Tridiagonalise(MatrixView<double> a,
                           const std::function<void(double operations)>& on_work = {});

// 4/3 n^3.
double TridiagonalWork(size_t n);

// Bytes that Tridiagonalise needs besides `a`.
size_t TridiagonalBytes(size_t n);

}  // namespace kallos::linalg
