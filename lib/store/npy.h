// NumPy's .npy files of two dimensions (format of numpy/lib/format.py, versions 1 to 3).
#pragma once

#include <string>
#include <string_view>

#include "lib/core/matrix.h"

namespace kallos::store {

struct FloatTable {
  Matrix<float> values;
  bool half = false;  // stored as float16
};

// Reads '<f2', '<f4' and '<f8' (rounded to float), C or Fortran order. Strict: throws InputError
// naming `name` for any other type, rank or byte order, for a header that is not exactly descr,
// fortran_order and shape, and unless the data fills the file to the byte.
FloatTable ParseNpy(std::string_view bytes, const std::string& name);

// As numpy.save writes it: version 1, header padded to 64 bytes, C order.
std::string FormatNpy(MatrixView<const float> values, bool half);

}  // namespace kallos::store
