#include "pca/scatter.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "lib/core/progress.h"
#include "lib/core/stop.h"
#include "lib/parallel/parallel.h"

namespace kallos::pca {
namespace {

constexpr size_t kColumnsPerTask = 256;  // of Join

// The means, and the upper triangle row by row.
StateParts PartsOf(Scatter& scatter) {
  StateParts parts = {scatter.mean};
  const size_t columns = scatter.mean.size();
  for (size_t i = 0; i < columns; ++i) parts.emplace_back(&scatter.sums(i, i), columns - i);
  return parts;
}

struct Joined {
  Matrix<double> rows;
  std::vector<double> mean;  // of all rows so far
};

// Joins a block of n rows to m = `before` rows of this mean. With the scatters
// S about their own means,
//   S = S_before + S_block + m n / (m + n) d d^T,  d = mean of the block - mean before,
//   mean = mean before + n / (m + n) d
// (Chan, Golub and LeVeque, The American Statistician 37, 1983), as stable as two passes. The
// products of the resulting rows are S - S_before: the block's rows about their own mean, and one
// row sqrt(m n / (m + n)) d.
Joined Join(const Matrix<float>& block, double before, const std::vector<double>& mean) {
  const double n = block.rows();
  const double weight = std::sqrt(before * n / (before + n));
  Joined joined{Matrix<double>(block.rows() + 1, block.columns()), mean};
  ParallelFor((block.columns() - 1) / kColumnsPerTask + 1, [&](size_t task) {
    const size_t first = task * kColumnsPerTask;
    const size_t columns = std::min(kColumnsPerTask, block.columns() - first);
    std::vector<double> own(columns);
    for (size_t i = 0; i < block.rows(); ++i) {
      for (size_t j = 0; j < columns; ++j) own[j] += block(i, first + j);
    }
    for (double& sum : own) sum /= n;
    for (size_t i = 0; i < block.rows(); ++i) {
      for (size_t j = 0; j < columns; ++j) joined.rows(i, first + j) = block(i, first + j) - own[j];
    }
    for (size_t j = 0; j < columns; ++j) {
      const double distance = own[j] - mean[first + j];
      joined.rows(block.rows(), first + j) = weight * distance;
      joined.mean[first + j] += distance * n / (before + n);
    }
  });
  return joined;
}

}  // namespace

Scatter SumScatter(const TrainingRows& rows, const CheckpointSettings& settings,
                   const linalg::SymmetricAlgebra& algebra) {
  const size_t columns = rows.columns();
  Scatter scatter{std::vector<double>(columns), Matrix<double>(columns, columns)};
  std::unique_ptr<linalg::GramSum> sums;
  Checkpoint checkpoint(settings, "blocks", rows.block_count(), [&](int64_t) {
    if (sums) sums->Fetch();
    return PartsOf(scatter);
  });
  const size_t first = checkpoint.Load();
  sums = algebra.SumInto(scatter.sums);
  int64_t done = 0;
  for (size_t block = 0; block < first; ++block) done += rows.block_rows(block);
  Progress progress("covariance", "rows", rows.rows(), done);
  Joined next;
  const auto prepare = [&](size_t block) {
    if (block < rows.block_count()) next = Join(rows.Read(block), done, scatter.mean);
  };
  prepare(first);
  for (size_t block = first; block < rows.block_count(); ++block) {
    const Joined joined = std::move(next);
    scatter.mean = joined.mean;
    done += rows.block_rows(block);
    sums->Add(joined.rows.View(), [&] { prepare(block + 1); });
    progress.Add(rows.block_rows(block));
    checkpoint.SaveIfDue(block + 1);
  }
  sums->Fetch();
  return scatter;
}

Matrix<double> SumRowProducts(const Matrix<float>& rows, const std::vector<double>& mean,
                              const linalg::SymmetricAlgebra& algebra) {
  Matrix<double> products(rows.rows(), rows.rows());
  const std::unique_ptr<linalg::GramSum> sums = algebra.SumInto(products);
  Progress progress("products of rows", "columns", rows.columns());
  for (size_t first = 0; first < rows.columns(); first += kRowProductColumns) {
    ThrowIfStopRequested(
        "a fit on no more rows than columns has no checkpoints: the same command begins anew");
    const size_t columns = std::min(kRowProductColumns, rows.columns() - first);
    Matrix<double> transposed(columns, rows.rows());
    ParallelFor(columns, [&](size_t j) {
      for (size_t i = 0; i < rows.rows(); ++i)
        transposed(j, i) = rows(i, first + j) - mean[first + j];
    });
    sums->Add(transposed.View());
    progress.Add(columns);
  }
  sums->Fetch();
  return products;
}

}  // namespace kallos::pca
