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

// Told what goes on.
struct EigenWatch {
  // What begins, and how many floating point operations it will take; 0 where that depends on the
  // values, and nothing is heard of it until it ends.
  std::function<void(const std::string& step, double operations)> on_step;
  // How many were done since the last call. May throw to stop; called from all threads.
  std::function<void(double operations)> on_work;
};

// All eigenvalues of `a` [n x n], of which only the upper triangle (column >= row) is read, and the
// eigenvectors of the largest; `count` is given all eigenvalues, descending, and says how many. `a`
// is destroyed. Tridiagonal form, its eigenvectors by divide and conquer (LAPACK dstedc),
// back-transformation of these only (dormtr), in slices on all threads.
Eigenpairs LargestEigenpairs(Matrix<double>& a,
                             const std::function<size_t(const std::vector<double>& values)>& count,
                             const EigenWatch& watch = {});

// Bytes that LargestEigenpairs needs besides `a` itself.
size_t EigenpairBytes(size_t n, size_t count);

}  // namespace kallos::linalg
