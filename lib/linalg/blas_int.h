// Sizes as BLAS and LAPACK take them.
#pragma once

#include <cstddef>
#include <utility>

#include "lib/core/error.h"

namespace kallos::linalg {

// Their integers have 32 bits here (not ILP64): rows, columns, strides and work space below 2^31.
inline int BlasInt(size_t n) {
  KALLOS_CHECK(std::in_range<int>(n), "{} is too large for BLAS and LAPACK", n);
  return static_cast<int>(n);
}

}  // namespace kallos::linalg
