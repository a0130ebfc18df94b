// Matrix products, cut into fixed tiles: the same bytes at any thread count.
#pragma once

#include "lib/core/matrix.h"
#include "lib/linalg/bf16.h"

namespace kallos::linalg {

// T: float or Bf16.
// c [n x m] = a [n x k] * b [k x m].
template <typename T>
void Multiply(MatrixView<const T> a, MatrixView<const T> b, MatrixView<float> c);
// c [n x k] = a [n x m] * b^T, b [k x m].
template <typename T>
void MultiplyTransposed(MatrixView<const T> a, MatrixView<const T> b, MatrixView<float> c);
// c [rows x m] = (columns first .. first+rows of a)^T * b, for a [n x k], b [n x m]. One
// thread: callers cut it.
template <typename T>
void TransposedMultiplyRows(MatrixView<const T> a, MatrixView<const T> b, size_t first, size_t rows,
                            float* c);

// c [n x m] = a [n x k] * b [k x m], where a row of c depends on that row of a and on b only, to
// the last bit. BLAS does not promise that: OpenBLAS adds up in another order at another place of
// the matrix. Not as fast, so for inference.
void MultiplyRowByRow(MatrixView<const float> a, MatrixView<const float> b, MatrixView<float> c);

}  // namespace kallos::linalg
