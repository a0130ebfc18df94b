// 95 % intervals. A group of rows counts as one draw.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/measures/class_statistics.h"
#include "lib/measures/groups.h"

namespace kallos::measures {

constexpr double kNormal95 = 1.959963984540054;  // 97.5 % point of the standard normal

struct Interval {
  double low = 0;
  double high = 0;
};

// part / whole, of counts.
inline double ShareOf(int64_t part, int64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

// Wilson's score interval (JASA 1927) of a proportion among n > 0 independent
// trials; n need not be whole.
Interval WilsonInterval(double proportion, double n);

struct Trials {
  int64_t successes = 0;
  int64_t n = 0;
};
// Wilson's interval of the pooled proportion at the effective number of trials n / deff, where deff
// is the variance of the ratio of group totals over that of as many independent trials (Korn and
// Graubard, Survey Methodology 1998), estimated with a quarter of a group all right and a quarter
// of one all wrong added, at least 1 and at most that of groups whose rows are copies of each
// other. One trial a group: plain Wilson.
Interval ProportionInterval(const std::vector<Trials>& groups);

// The percentile interval of the bootstrap: of n sorted replicates the order statistics n / 40 and
// n - 1 - n / 40, counted from 0, which leave 2.5 % out on each side (Efron and Tibshirani, "An
// introduction to the bootstrap", 1993, chapter 13). n > 0, none NaN.
Interval Percentiles(std::vector<double> replicates);

struct AucInterval {
  Interval interval;
  std::string why;  // "" unless the variance was 0 or undefined
};
// DeLong's normal interval (Biometrics 1988, eq. 2-6), cut to [0, 1]; with groups its
// generalisation (Obuchowski, Biometrics 1997, eq. 3-6), which is the same where each group has one
// row. Where the variance is 0 (perfect or constant predictions) or undefined (one row in a class):
// Wilson's interval for as many trials as there are disjoint pairs of a good and a bad group, since
// those are independent comparisons. Needs both classes.
AucInterval RocAucInterval(const std::vector<Prediction>& predictions,
                           const RocThresholds& thresholds, const Groups& groups);

}  // namespace kallos::measures
