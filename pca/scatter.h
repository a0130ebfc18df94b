// The matrix whose eigenvectors are the components, summed block by block with checkpoints.
#pragma once

#include <vector>

#include "lib/core/matrix.h"
#include "lib/linalg/symmetric_algebra.h"
#include "pca/checkpoint.h"
#include "pca/training_rows.h"

namespace kallos::pca {

struct Scatter {
  std::vector<double> mean;  // of the columns
  // D x D, upper triangle: sum over rows of (x - mean)^T (x - mean).
  Matrix<double> sums;
};

// One pass over the rows; the next block is read while the products of one are summed. Goes on
// from the checkpoint where there is one; the result is the same byte for byte. A stop request
// ends in a checkpoint and InterruptedError. Throws InputError when the checkpoint is of
// another fit or damaged.
Scatter SumScatter(const TrainingRows& rows, const CheckpointSettings& checkpoint,
                   const linalg::SymmetricAlgebra& algebra = linalg::HostAlgebra());

// Most rows in one product of SumRowProducts.
constexpr size_t kRowProductColumns = 1024;

// For fewer rows than columns: sums [n x n], upper triangle, of the products of centred rows, from
// all rows in memory. A stop request ends in InterruptedError, without a checkpoint.
Matrix<double> SumRowProducts(const Matrix<float>& rows, const std::vector<double>& mean,
                              const linalg::SymmetricAlgebra& algebra);

}  // namespace kallos::pca
