// What must hold of a model, whoever made it.
#pragma once

#include <string>

#include "lib/model/reduction.h"

namespace kallos::model {

// The first thing that is wrong, naming the dataset, what is expected and what was found; "" when
// all is well: shapes that fit, finite numbers, variances and singular values descending and not
// negative, agreeing with each other and with the total, rows of PCA orthonormal (to 1e-3),
// unmixing and mixing of ICA inverse to each other.
std::string ProblemOf(const Reduction& reduction);

}  // namespace kallos::model
