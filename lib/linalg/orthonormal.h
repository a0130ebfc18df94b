// Orthonormal rows.
#pragma once

#include "lib/core/matrix.h"

namespace kallos::linalg {

// Largest |entry| of a * a^T - I for a [k x n].
double OrthonormalityError(MatrixView<const double> a);

// Makes the rows of a [k x n], k <= n, orthonormal without changing the space that the first i rows
// span, for each i: Cholesky QR, twice (Yamamoto et al., ETNA 44, 2015). Returns false, leaving `a`
// arbitrary, when the rows are numerically dependent.
bool Orthonormalise(MatrixView<double> a);

}  // namespace kallos::linalg
