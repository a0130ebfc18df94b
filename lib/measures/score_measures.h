// Measures of predicted scores, with 95 % intervals.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/measures/measure.h"
#include "lib/measures/scored_predictions.h"

namespace kallos::measures {

// Of two distributions of ratings: the r-th root of the mean of |difference of their cumulative
// shares|^r (Talebi and Milanfar, IEEE TIP 2018, eq. 1). Not a number where they are empty.
double EarthMoversDistance(const Shares& p, const Shares& q, int r);

// Keys: srcc krcc plcc rmse mae, and after the logistic fit (logistic_fit.h) plcc_fitted
// rmse_fitted outlier_ratio (the share of rows whose fitted prediction is more than 2 sd from the
// score, ITU-T P.1401; needs the sd of each row), and for distributions of ratings emd_1 emd_2, the
// mean earth mover's distance with r of 1 and 2. Raw rmse and mae mean something only where
// predictions are in the units of the scores. Intervals: the 2.5 and 97.5 percentiles of 1000
// bootstrap samples of whole groups drawn from `seed`, the curve fitted anew in each. What is
// undefined says why. `positives` is not used.
Measures MeasureScores(std::vector<ScoredPrediction> predictions, uint64_t seed);

}  // namespace kallos::measures
