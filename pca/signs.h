// The sign of a component is arbitrary; one rule makes it the same everywhere.
#pragma once

#include "lib/core/matrix.h"

namespace kallos::pca {

// Turns each row so that its entry of largest magnitude (the first of several) is positive.
void FixSigns(MatrixView<double> components);

}  // namespace kallos::pca
