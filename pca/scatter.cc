#include "pca/scatter.h"

#include <algorithm>
#include <cmath>

#include "lib/core/progress.h"
#include "lib/core/stop.h"
#include "lib/linalg/products.h"
#include "lib/parallel/parallel.h"

namespace kallos::pca {
namespace {

constexpr size_t kColumns = 1024;        // of the centred rows at a time, in SumRowProducts
constexpr size_t kColumnsPerTask = 256;  // of Join

// The means, and the upper triangle row by row.
StateParts PartsOf(Scatter& scatter) {
  StateParts parts = {scatter.mean};
  const size_t columns = scatter.mean.size();
  for (size_t i = 0; i < columns; ++i) parts.emplace_back(&scatter.sums(i, i), columns - i);
  return parts;
}

// Takes a block into `mean`, that of `before` rows. Returns rows whose products, added to the scatter of those before,
// give the scatter of all: the block's rows about their own mean, and one for the distance between the means (Chan,
// Golub & LeVeque, The American Statistician 37, 1983). As stable as two passes.
Matrix<double> Join(const Matrix<float>& block, double before, std::vector<double>& mean) {
  const auto n = static_cast<double>(block.rows());
  const double weight = std::sqrt(before * n / (before + n));
  Matrix<double> joined(block.rows() + 1, block.columns());
  ParallelFor((block.columns() - 1) / kColumnsPerTask + 1, [&](size_t task) {
    const size_t first = task * kColumnsPerTask;
    const size_t columns = std::min(kColumnsPerTask, block.columns() - first);
    std::vector<double> own(columns);
    for (size_t i = 0; i < block.rows(); ++i) {
      for (size_t j = 0; j < columns; ++j) own[j] += block(i, first + j);
    }
    for (double& sum : own) sum /= n;
    for (size_t i = 0; i < block.rows(); ++i) {
      for (size_t j = 0; j < columns; ++j) joined(i, first + j) = block(i, first + j) - own[j];
    }
    for (size_t j = 0; j < columns; ++j) {
      const double distance = own[j] - mean[first + j];
      joined(block.rows(), first + j) = weight * distance;
      mean[first + j] += distance * n / (before + n);
    }
  });
  return joined;
}

}  // namespace

Scatter SumScatter(const TrainingRows& rows, const CheckpointSettings& settings) {
  const auto columns = static_cast<size_t>(rows.columns());
  Scatter scatter{std::vector<double>(columns), Matrix<double>(columns, columns)};
  Checkpoint checkpoint(settings, "blocks", static_cast<int64_t>(rows.block_count()),
                        [&](int64_t) { return PartsOf(scatter); });
  const auto first = static_cast<size_t>(checkpoint.Load());
  int64_t done = 0;
  for (size_t block = 0; block < first; ++block) done += rows.block_rows(block);
  Progress progress("covariance", "rows", rows.rows(), done);
  Matrix<float> next;
  const auto read_next = [&](size_t block) {
    if (block < rows.block_count()) next = rows.Read(block);
  };
  read_next(first);
  for (size_t block = first; block < rows.block_count(); ++block) {
    const Matrix<double> joined = Join(next, static_cast<double>(done), scatter.mean);
    linalg::AddGram(joined.View(), scatter.sums.View(), [&] { read_next(block + 1); });
    done += rows.block_rows(block);
    progress.Add(rows.block_rows(block));
    checkpoint.SaveIfDue(static_cast<int64_t>(block) + 1);
  }
  return scatter;
}

Matrix<double> SumRowProducts(const Matrix<float>& rows, const std::vector<double>& mean) {
  Matrix<double> sums(rows.rows(), rows.rows());
  Progress progress("products of rows", "columns", static_cast<int64_t>(rows.columns()));
  for (size_t first = 0; first < rows.columns(); first += kColumns) {
    ThrowIfStopRequested("a fit on no more rows than columns has no checkpoints: the same command begins anew");
    const size_t columns = std::min(kColumns, rows.columns() - first);
    Matrix<double> turned(columns, rows.rows());
    ParallelFor(columns, [&](size_t j) {
      for (size_t i = 0; i < rows.rows(); ++i) turned(j, i) = rows(i, first + j) - mean[first + j];
    });
    linalg::AddGram(turned.View(), sums.View());
    progress.Add(static_cast<int64_t>(columns));
  }
  return sums;
}

}  // namespace kallos::pca
