#include "train/gemm.h"

#include <cblas.h>

#include <algorithm>

#include "lib/core/error.h"
#include "lib/parallel/parallel.h"

namespace kallos::train {
namespace {

constexpr size_t kTile = 256;  // columns of the result per task: wide enough for BLAS, narrow enough to share out

blasint Int(size_t n) {
  return static_cast<blasint>(n);
}

template <typename Body>
void ForTiles(size_t n, const Body& body) {
  ParallelFor((n + kTile - 1) / kTile, [&](size_t tile) { body(tile * kTile, std::min(kTile, n - tile * kTile)); });
}

}  // namespace

void Multiply(MatrixView<const float> a, MatrixView<const float> b, MatrixView<float> c) {
  KALLOS_CHECK(a.columns == b.rows && c.rows == a.rows && c.columns == b.columns);
  ForTiles(c.columns, [&](size_t first, size_t count) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, Int(c.rows), Int(count), Int(a.columns), 1, a.data,
                Int(a.columns), b.data + first, Int(b.columns), 0, c.data + first, Int(c.columns));
  });
}

void MultiplyTransposed(MatrixView<const float> a, MatrixView<const float> b, MatrixView<float> c) {
  KALLOS_CHECK(a.columns == b.columns && c.rows == a.rows && c.columns == b.rows);
  ForTiles(c.columns, [&](size_t first, size_t count) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, Int(c.rows), Int(count), Int(a.columns), 1, a.data,
                Int(a.columns), b.data + first * b.columns, Int(b.columns), 0, c.data + first, Int(c.columns));
  });
}

void TransposedMultiplyRows(MatrixView<const float> a, MatrixView<const float> b, size_t first, size_t rows, float* c) {
  cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, Int(rows), Int(b.columns), Int(a.rows), 1, a.data + first,
              Int(a.columns), b.data, Int(b.columns), 0, c, Int(b.columns));
}

}  // namespace kallos::train
