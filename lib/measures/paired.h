// Several methods on the same rows: what they differ by, with intervals.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "lib/measures/intervals.h"

namespace kallos::measures {

using Statistic = std::function<double(const Steps&)>;
constexpr int kBootstraps = 1000;

// One method's predictions, made several times (heads of several seeds, say); its measure is the
// mean over them.
using Repetitions = std::vector<std::vector<Prediction>>;

// A measure on all rows and on kBootstraps samples of them.
struct Draws {
  double value = 0;
  std::vector<double> by_round;
};

// draws[m][k]: of method m and statistic k. A sample has whole groups drawn with replacement, as
// many as there are of each kind (only good, only bad, both), and is the same for all methods,
// repetitions and statistics of that round. So the spread is that of other test rows under the same
// predictors, and not that of other training rows or seeds. All predictions have the same ids in
// the same order. Depends on the seed alone, not on the thread count.
std::vector<std::vector<Draws>> PairedBootstrap(const std::vector<Repetitions>& methods,
                                                const std::vector<Statistic>& statistics,
                                                uint64_t seed);

// Round by round: the difference of two methods on the same rows.
Draws Minus(const Draws& a, const Draws& b);
// The 2.5 and 97.5 percentiles, widened to the value where it lies outside.
Interval PercentileInterval(Draws draws);

}  // namespace kallos::measures
