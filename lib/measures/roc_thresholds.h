// A two-class benchmark as the thresholds of its ROC curve.
//
// The rows are sorted by their probability p of good, and rows of equal p become one threshold with
// the number of bad and of good rows at it. Between two neighbouring thresholds every cut gives the
// same verdicts, so all measures of verdicts and of ranks are functions of this list alone:
//   - they cannot depend on the order of the rows, nor on how a sort leaves ties;
//   - a bootstrap sample is the same list with other counts, so that nothing is sorted 1,000 times.
// Positive = good, throughout.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "lib/measures/predictions.h"

namespace kallos::measures {

// The rows of one probability. A bootstrap sample may have none there.
struct Threshold {
  double probability = 0;  // of good, in [0, 1]
  int64_t bad = 0;
  int64_t good = 0;
};

// Ascending, without repetition.
using RocThresholds = std::vector<Threshold>;

RocThresholds ThresholdsOf(const std::vector<Prediction>& predictions);  // O(n log n)
// Of rows as {score, label}. Measures of ranks (RocAuc, AveragePrecision) take any finite score in
// the place of the probability.
RocThresholds ThresholdsOf(std::vector<std::pair<double, int>> rows);
size_t FindThreshold(const RocThresholds& thresholds, double probability);  // which must be there

struct ClassCounts {
  int64_t bad = 0, good = 0;
  int64_t n() const { return bad + good; }
};
ClassCounts CountClasses(const RocThresholds& thresholds);

// The confusion matrix at the verdict's cut: good where p > 0.5.
struct Verdicts {
  int64_t tp = 0, fn = 0, fp = 0, tn = 0;
};
Verdicts CountVerdicts(const RocThresholds& thresholds);

}  // namespace kallos::measures
