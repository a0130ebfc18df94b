// Measures of one two-class benchmark from its predictions, with 95 % intervals. Knows nothing of
// who predicted.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/measures/measure.h"
#include "lib/measures/predictions.h"

namespace kallos::measures {

// Keys: accuracy precision recall specificity f1 balanced_accuracy mcc roc_auc pr_auc log_loss
// brier ece; sample.h defines them. Intervals: Wilson for proportions, DeLong for the AUC, else
// the 2.5 and 97.5 percentiles of 1000 bootstrap samples drawn from `seed`, widened to the estimate
// where a biased statistic (ECE) would leave it outside, and none where all samples agree.
// Independent of the order of the rows and of the thread count. A benchmark of one class has
// accuracy, that class's recall or specificity, and the losses; the rest is undefined.
Measures MeasureClassification(std::vector<Prediction> predictions, uint64_t seed);

// The accuracy alone.
Measure MeasureAccuracy(const std::vector<Prediction>& predictions);

}  // namespace kallos::measures
