// The bootstrap, of one method or of several on the same rows.
//
// The estimate of a statistic is its value on the test rows; its spread over other test rows of the
// kind is that over samples of the rows drawn with replacement (Efron, Annals of Statistics 1979).
// Assumptions: groups of rows are independent draws. Degenerate cases: a group of all rows gives no
// spread; a statistic that is not a number on a sample stays so in its replicate, and
// PercentileMeasure (measure.h) leaves it out. Cost: kBootstrapSamples times one pass over the
// rows, without sorting, on all threads.
//
//   const auto found = PairedBootstrap({{a}, {b}}, {Accuracy, RocAuc}, seed);
//   const Interval difference = PercentileInterval(Minus(found[0][1], found[1][1]));  // ROC-AUC, a
//   - b
#pragma once

#include <cstdint>
#include <vector>

#include "lib/measures/class_statistics.h"
#include "lib/measures/intervals.h"

namespace kallos::measures {

constexpr size_t kBootstrapSamples = 1000;

// One method's predictions, made several times (heads of several seeds, say); its
// measure is the mean over them.
using Repetitions = std::vector<std::vector<Prediction>>;

// A statistic on all rows, and on each of kBootstrapSamples samples of them.
struct BootstrapReplicates {
  double estimate = 0;
  std::vector<double> values;
};

// found[m][k]: of method m and statistic k. A sample has whole groups drawn with replacement, as
// many as there are of each kind (only good, only bad, both), and is the same for all methods,
// repetitions and statistics of that round. So the spread is that of other test rows under the same
// predictors, and not that of other training rows or seeds. All predictions have the same ids in
// the same order. Depends on the seed alone, not on the thread count.
std::vector<std::vector<BootstrapReplicates>> PairedBootstrap(
    const std::vector<Repetitions>& methods, const std::vector<ClassStatistic>& statistics,
    uint64_t seed);

// Sample by sample: the difference of two methods on the same rows.
BootstrapReplicates Minus(const BootstrapReplicates& a, const BootstrapReplicates& b);
// The 2.5 and 97.5 percentiles, widened to the estimate where it lies outside.
Interval PercentileInterval(BootstrapReplicates replicates);

}  // namespace kallos::measures
