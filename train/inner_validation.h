// Rows that validate where a split names none.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/store/manifest.h"

namespace kallos::train {

// Whole groups of each class (photographs without a label are a class of their own) go to
// validation, in an order drawn from the seed, until the fraction is reached: indices into `rows`,
// ascending.
std::vector<size_t> InnerValidation(const std::vector<const store::ManifestRow*>& rows,
                                    double fraction, uint64_t seed);

}  // namespace kallos::train
