// Measures of predicted scores, with 95 % intervals.
#pragma once

#include <cstdint>
#include <vector>

#include "eval/classification.h"
#include "eval/scored_predictions.h"

namespace kallos::eval {

// Keys: srcc krcc plcc rmse mae, and after the logistic fit (logistic_fit.h) plcc_fitted rmse_fitted outlier_ratio (the
// share of rows whose fitted prediction is more than 2 sd from the score, ITU-T P.1401; needs the sd of each row).
// Raw rmse and mae mean something only where predictions are in the units of the scores. Intervals: the 2.5 and 97.5
// percentiles of 1000 bootstrap samples of whole groups drawn from `seed`, the curve fitted anew in each. What is
// undefined says why. `positives` is not used.
Measures MeasureScores(std::vector<ScoredPrediction> predictions, uint64_t seed);

}  // namespace kallos::eval
