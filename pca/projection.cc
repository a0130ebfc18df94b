#include <cblas.h>

#include <algorithm>
#include <cmath>

#include "lib/core/error.h"
#include "lib/parallel/parallel.h"
#include "pca/model.h"

namespace kallos::pca {
namespace {

// Rows go through the BLAS in blocks of exactly this many, the last one filled up with zeros, since kernels may round
// otherwise for another number of rows. A multiple of the widths of all kernels of OpenBLAS (4, 6, 8, 16, 24), so that
// the place of a row in its block does not matter either.
constexpr size_t kBlockRows = 96;
constexpr size_t kTileColumns = 1024;  // of the result

Matrix<float> ZeroBlocks(size_t rows, size_t columns) {
  return {(rows + kBlockRows - 1) / kBlockRows * kBlockRows, columns};
}

// a * op(b), `columns` wide, for whole blocks of rows.
Matrix<float> Product(const Matrix<float>& a, const Matrix<float>& b, CBLAS_TRANSPOSE op, size_t columns) {
  const auto n = [](size_t size) { return static_cast<int>(size); };
  Matrix<float> out(a.rows(), columns);
  const size_t blocks = a.rows() / kBlockRows;
  const size_t tiles = (columns - 1) / kTileColumns + 1;
  ParallelFor(blocks * tiles, [&](size_t task) {
    const size_t row = task % blocks * kBlockRows;
    const size_t column = task / blocks * kTileColumns;
    const size_t width = std::min(kTileColumns, columns - column);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, op, n(kBlockRows), n(width), n(a.columns()), 1, a.Row(row).data(),
                n(a.columns()), b.data() + column * (op == CblasTrans ? b.columns() : 1), n(b.columns()), 0,
                out.Row(row).data() + column, n(columns));
  });
  return out;
}

// The root of each component's variance where the scores are whitened, else 1.
std::vector<double> ScoreScales(const Model& model) {
  std::vector<double> scales(model.components.rows(), 1.0);
  if (!model.whiten) return scales;
  std::ranges::transform(model.explained_variance, scales.begin(), [](double variance) { return std::sqrt(variance); });
  return scales;
}

}  // namespace

Matrix<float> Transform(const Model& model, MatrixView<const float> rows) {
  KALLOS_CHECK(rows.columns == model.mean.size());
  Matrix<float> centred = ZeroBlocks(rows.rows, rows.columns);
  ParallelFor(rows.rows, [&](size_t i) {
    for (size_t j = 0; j < rows.columns; ++j) centred(i, j) = static_cast<float>(rows(i, j) - model.mean[j]);
  });
  const size_t k = model.components.rows();
  const Matrix<float> scores = Product(centred, model.components, CblasTrans, k);
  const std::vector<double> scales = ScoreScales(model);
  Matrix<float> out(rows.rows, k);
  ParallelFor(rows.rows, [&](size_t i) {
    for (size_t j = 0; j < k; ++j) out(i, j) = scales[j] > 0 ? static_cast<float>(scores(i, j) / scales[j]) : 0.0f;
  });
  return out;
}

Matrix<float> InverseTransform(const Model& model, MatrixView<const float> scores) {
  KALLOS_CHECK(scores.columns == model.components.rows());
  const std::vector<double> scales = ScoreScales(model);
  Matrix<float> scaled = ZeroBlocks(scores.rows, scores.columns);
  ParallelFor(scores.rows, [&](size_t i) {
    for (size_t j = 0; j < scores.columns; ++j) scaled(i, j) = static_cast<float>(scores(i, j) * scales[j]);
  });
  const size_t columns = model.mean.size();
  const Matrix<float>& patterns = model.method == Method::kIca ? model.mixing : model.components;
  const Matrix<float> sums = Product(scaled, patterns, CblasNoTrans, columns);
  Matrix<float> out(scores.rows, columns);
  ParallelFor(scores.rows, [&](size_t i) {
    for (size_t j = 0; j < columns; ++j) out(i, j) = static_cast<float>(sums(i, j) + model.mean[j]);
  });
  return out;
}

}  // namespace kallos::pca
