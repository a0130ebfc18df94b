// All measures of predicted scores of one benchmark, with 95 % intervals.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/measures/measure.h"
#include "lib/measures/score_statistics.h"

namespace kallos::measures {

// The lines of measure_table.cc that are of scores. Raw rmse and mae mean something only where
// predictions are in the units of the scores. Intervals: the 2.5 and 97.5 percentiles of 1,000
// bootstrap samples of whole groups drawn from `seed`, the logistic curve fitted anew in each. What
// is undefined says why. `positives` is not used. One row or more.
Measures MeasureScores(std::vector<ScoredPrediction> predictions, uint64_t seed);

}  // namespace kallos::measures
