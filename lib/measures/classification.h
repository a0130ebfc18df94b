// All measures of verdicts and probabilities of one two-class benchmark, with 95 % intervals. Knows
// nothing of who predicted.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/measures/measure.h"
#include "lib/measures/predictions.h"

namespace kallos::measures {

// The lines of measure_table.cc that are of classes, each with the interval named there; bootstrap
// samples (paired.h) are drawn from `seed`. Independent of the order of the rows and of the thread
// count. A benchmark of one class has accuracy, that class's recall or specificity, and the losses;
// the rest is undefined and says why. One row or more.
Measures MeasureClassification(std::vector<Prediction> predictions, uint64_t seed);

// The accuracy alone, with Wilson's interval.
Measure MeasureAccuracy(const std::vector<Prediction>& predictions);

}  // namespace kallos::measures
