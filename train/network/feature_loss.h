// How far a student's numbers are from the teacher's, and which way they should go.
#pragma once

#include <vector>

#include "lib/config/config.h"
#include "lib/core/matrix.h"

namespace kallos::train {

//   standardized-mse  mean over rows and columns of ((y - t) / s)^2, s the standard deviation of
//   the column over the
//                     training rows: every column counts the same. A raw error lets a few large
//                     columns dominate
//   mse               mean over rows and columns of (y - t)^2, as published
//   cosine            mean over rows of 1 - <y, t> / (|y| |t|). It says nothing about the length:
//   one factor for all
//                     numbers is fitted on the validation photographs
enum class FeatureLoss { kStandardizedMse, kMse, kCosine };
inline NamedValues<FeatureLoss> EnumTable(FeatureLoss) {
  using enum FeatureLoss;
  return {{kStandardizedMse, "standardized-mse"}, {kMse, "mse"}, {kCosine, "cosine"}};
}

struct LossAndGradient {
  double loss = 0;
  Matrix<float> gradient;  // of the loss by the student's numbers
};

// By the definitions above; for standardized-mse, `outputs` and `targets` are standardised already.
// A row of zeros has the cosine 0 and no gradient.
LossAndGradient Compare(FeatureLoss loss, MatrixView<const float> outputs,
                        MatrixView<const float> targets);

// Mean and standard deviation of each column over the rows; a constant column has the deviation 1.
struct ColumnScale {
  std::vector<float> mean, sd;
};
ColumnScale ScaleOf(const Matrix<float>& values, const std::vector<size_t>& rows);

}  // namespace kallos::train
