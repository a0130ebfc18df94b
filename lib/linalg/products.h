// Products of large matrices in double precision, cut into fixed tiles that run on all threads,
// each through one BLAS thread: the same bytes at any thread count.
#pragma once

#include <functional>

#include "lib/core/matrix.h"

namespace kallos::linalg {

// c [n x m] += a [n x k] * b [k x m].
void AddProduct(MatrixView<const double> a, MatrixView<const double> b, MatrixView<double> c);
// c [n x m] += a [n x k] * b^T, b [m x k].
void AddProductTransposed(MatrixView<const double> a, MatrixView<const double> b,
                          MatrixView<double> c);
// c [m x n] += a^T * b, a [k x m], b [k x n].
void AddTransposedProduct(MatrixView<const double> a, MatrixView<const double> b,
                          MatrixView<double> c);
// The upper triangle (column >= row) of c [m x m] += x^T x, x [k x m]. Half the
// arithmetic of AddTransposedProduct. `meanwhile`, where given, runs once on one of the
// threads, such as reading the next x.
void AddGram(MatrixView<const double> x, MatrixView<double> c,
             const std::function<void()>& meanwhile = {});

}  // namespace kallos::linalg
