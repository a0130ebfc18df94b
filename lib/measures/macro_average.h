// The mean over benchmarks, each counting the same however many photographs it has.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/measures/measure.h"
#include "lib/measures/predictions.h"

namespace kallos::measures {

// All measures of classes of measure_table.h. Each benchmark has both classes. Intervals:
// percentiles of a bootstrap that draws in each benchmark by itself, so they are about other
// photographs and not about other benchmarks.
Measures MacroAverage(const std::vector<std::vector<Prediction>>& benchmarks, uint64_t seed);

}  // namespace kallos::measures
