// Exact PCA of rows that need not fit in memory.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "lib/linalg/symmetric_algebra.h"
#include "lib/model/reduction.h"
#include "pca/scatter.h"

namespace kallos::pca {

// Given all eigenvalues (descending) and the numerical rank: how many components. Throws what the
// user should read.
using ChooseCount = std::function<int64_t(const std::vector<double>& variances, int64_t rank)>;

struct ExactSettings {
  ChooseCount count;
  int64_t repeat = 1;  // each row counts so often
  uint64_t seed = 0;   // of directions beyond the rank
  CheckpointSettings checkpoint;
  // Where sums and eigenvectors are computed; elsewhere than on the host the same to
  // rounding, not byte for byte.
  std::shared_ptr<const linalg::SymmetricAlgebra> algebra = std::make_shared<linalg::HostAlgebra>();
};

// Peak host memory of FitExact in bytes, for `components` of them (all where the number is not
// known beforehand).
uint64_t ExactBytes(const TrainingRows& rows, int64_t components,
                    const linalg::SymmetricAlgebra& algebra);
// States what FitExact needs of a device's own memory, and throws
// EnvironmentError where less is free.
void RequireDeviceMemory(const TrainingRows& rows, int64_t components,
                         const linalg::SymmetricAlgebra& algebra);

// Fits by the eigenvectors of the columns' scatter matrix, or, for fewer rows than columns, of the
// rows' products. All sums, eigenvectors and their orthogonality in double precision; stored as
// float32. The numerical rank counts variances above max(rows, columns) * 2^-52 times the largest.
// Fills everything of the model but `source` and `whiten`.
model::Reduction FitExact(const TrainingRows& rows, const ExactSettings& settings);

}  // namespace kallos::pca
