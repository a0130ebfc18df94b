// Eigenvalues and eigenvectors of large symmetric matrices.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "lib/core/matrix.h"

namespace kallos::linalg {

struct Eigenpairs {
  std::vector<double> values;  // all n, descending
  Matrix<double> vectors;      // count x n: row i is the unit eigenvector of values[i]
};

// All eigenvalues of `a` [n x n], of which only the upper triangle (column >= row) is read, and the eigenvectors of the
// largest; `count` is given all eigenvalues, descending, and says how many. `a` is destroyed. Householder
// tridiagonalisation (LAPACK dsytrd), divide and conquer (dstedc), back-transformation of the wanted vectors only
// (dormtr), in slices on all threads. `on_step` is told what begins.
Eigenpairs LargestEigenpairs(Matrix<double>& a, const std::function<size_t(const std::vector<double>& values)>& count,
                             const std::function<void(const std::string& step)>& on_step = {});

// Bytes that LargestEigenpairs needs besides `a` itself.
size_t EigenpairBytes(size_t n, size_t count);

}  // namespace kallos::linalg
