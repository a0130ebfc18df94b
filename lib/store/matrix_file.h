// Matrices of features made elsewhere: NPY, CSV or a dataset of an HDF5 file.
#pragma once

#include <string>
#include <vector>

#include "lib/core/matrix.h"
#include "lib/store/npy.h"

namespace kallos::store {

// `place` is x.npy, x.csv or x.h5:/dataset; CSV may begin with a header row. Throws UsageError for
// another extension, InputError naming the place where it is no matrix, and for a value that is no
// finite number, naming its row and column (and, where `row_names` has one, the row's name).
FloatTable ReadMatrixFile(const std::string& place, const std::vector<std::string>& row_names = {});

// Published atomically. An HDF5 file is made anew. CSV has no header and reads back exactly.
void WriteMatrixFile(const std::string& place, MatrixView<const float> values, bool half);

}  // namespace kallos::store
