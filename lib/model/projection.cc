#include <cblas.h>

#include <algorithm>
#include <cmath>

#include "lib/core/error.h"
#include "lib/model/reduction.h"
#include "lib/parallel/parallel.h"

namespace kallos::model {
namespace {

// The BLAS may round otherwise for another number of rows, and its kernels treat what is left over
// at an edge in other ways than the rest. So rows go through it in blocks of exactly this many, by
// columns of the result whose number is a multiple of the strips that kernels work in (4, 6, 8, 12,
// 24), both filled up with zeros. In double precision, since the float32 kernel of OpenBLAS for
// AVX2 rounds by place even so.
constexpr size_t kBlockRows = 64;
constexpr size_t kStrip = 24;
constexpr size_t kTileColumns = 8 * kStrip;

size_t RoundUp(size_t n, size_t step) {
  return (n + step - 1) / step * step;
}

// Columns first to last of op(b) as rows, and rows of zeros.
Matrix<double> TileOf(const Matrix<float>& b, CBLAS_TRANSPOSE op, size_t first, size_t last) {
  const size_t inner = op == CblasTrans ? b.columns() : b.rows();
  Matrix<double> tile(RoundUp(last - first, kStrip), inner);
  if (op == CblasTrans) {
    std::copy(b.Row(first).data(), b.Row(first).data() + (last - first) * inner, tile.data());
    return tile;
  }
  for (size_t i = 0; i < inner; ++i) {
    for (size_t j = first; j < last; ++j) tile(j - first, i) = b(i, j);
  }
  return tile;
}

// out(i, j) = finish(j, (a * op(b))(i, j)), for `a` of whole blocks, of which `out` has the first
// rows.
template <typename Finish>
void Multiply(const Matrix<double>& a, const Matrix<float>& b, CBLAS_TRANSPOSE op, Finish finish,
              Matrix<float>& out) {
  const auto n = [](size_t size) { return static_cast<int>(size); };
  ParallelFor(RoundUp(out.columns(), kTileColumns) / kTileColumns, [&](size_t task) {
    const size_t column = task * kTileColumns;
    const size_t columns = std::min(kTileColumns, out.columns() - column);
    const Matrix<double> tile = TileOf(b, op, column, column + columns);
    Matrix<double> transposed(tile.rows(), kBlockRows);
    for (size_t first = 0; first < a.rows(); first += kBlockRows) {
      cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n(tile.rows()), n(kBlockRows),
                  n(tile.columns()), 1, tile.data(), n(tile.columns()), a.Row(first).data(),
                  n(a.columns()), 0, transposed.data(), n(kBlockRows));
      for (size_t i = 0; i < std::min(kBlockRows, out.rows() - first); ++i) {
        for (size_t j = 0; j < columns; ++j)
          out(first + i, column + j) = finish(column + j, transposed(j, i));
      }
    }
  });
}

// The root of each component's variance where the scores are whitened, else 1.
std::vector<double> ScoreScales(const Reduction& reduction) {
  std::vector<double> scales(reduction.components.rows(), 1.0);
  if (!reduction.whiten) return scales;
  std::ranges::transform(reduction.explained_variance, scales.begin(),
                         [](double variance) { return std::sqrt(variance); });
  return scales;
}

}  // namespace

Matrix<float> Transform(const Reduction& reduction, MatrixView<const float> rows) {
  KALLOS_CHECK(rows.columns == reduction.mean.size());
  Matrix<double> centred(RoundUp(rows.rows, kBlockRows), rows.columns);
  ParallelFor(rows.rows, [&](size_t i) {
    for (size_t j = 0; j < rows.columns; ++j) centred(i, j) = rows(i, j) - reduction.mean[j];
  });
  const std::vector<double> scales = ScoreScales(reduction);
  Matrix<float> out(rows.rows, reduction.components.rows());
  const auto scaled = [&](size_t j, double score) {
    return scales[j] > 0 ? static_cast<float>(score / scales[j]) : 0.0f;
  };
  Multiply(centred, reduction.components, CblasTrans, scaled, out);
  return out;
}

Matrix<float> InverseTransform(const Reduction& reduction, MatrixView<const float> scores) {
  KALLOS_CHECK(scores.columns == reduction.components.rows());
  const std::vector<double> scales = ScoreScales(reduction);
  Matrix<double> scaled(RoundUp(scores.rows, kBlockRows), scores.columns);
  ParallelFor(scores.rows, [&](size_t i) {
    for (size_t j = 0; j < scores.columns; ++j) scaled(i, j) = scores(i, j) * scales[j];
  });
  Matrix<float> out(scores.rows, reduction.mean.size());
  const Matrix<float>& patterns =
      reduction.method == ReductionMethod::kIca ? reduction.mixing : reduction.components;
  const auto moved = [&](size_t j, double sum) {
    return static_cast<float>(sum + reduction.mean[j]);
  };
  Multiply(scaled, patterns, CblasNoTrans, moved, out);
  return out;
}

}  // namespace kallos::model
