// Results are computed in double and stored in single precision.
#pragma once

#include <algorithm>

#include "lib/core/matrix.h"

namespace kallos::model {

inline Matrix<float> ToFloat(const Matrix<double>& matrix) {
  Matrix<float> out(matrix.rows(), matrix.columns());
  std::transform(matrix.data(), matrix.data() + matrix.rows() * matrix.columns(), out.data(),
                 [](double value) { return static_cast<float>(value); });
  return out;
}

}  // namespace kallos::model
