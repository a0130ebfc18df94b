// 95 % intervals. Rows of one group (crops of one photograph, say) count as one independent draw, not as several.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "eval/sample.h"

namespace kallos::eval {

constexpr double kNormal95 = 1.959963984540054;  // 97.5 % point of the standard normal

struct Interval {
  double low = 0;
  double high = 0;
};

// Wilson's score interval (JASA 1927) of a proportion among n > 0 independent trials; n need not be whole.
Interval WilsonInterval(double proportion, double n);

// The rows of each group by their index; a row without a group is one of its own.
using Groups = std::vector<std::vector<size_t>>;
Groups GroupsOf(const std::vector<Prediction>& predictions);
bool AreIndependent(const Groups& groups);  // no group has two rows

struct Trials {
  int64_t successes = 0;
  int64_t n = 0;
};
// Wilson's interval of the pooled proportion at the effective number of trials n / deff, where deff is the variance of
// the ratio of group totals over that of as many independent trials (Korn and Graubard, Survey Methodology 1998),
// never below 1; the number of groups where that is undefined. One trial a group: plain Wilson.
Interval ProportionInterval(const std::vector<Trials>& groups);

struct AucInterval {
  Interval interval;
  std::string why;  // "" unless the variance was 0 or undefined
};
// DeLong's normal interval (Biometrics 1988, eq. 2-6), cut to [0, 1]; with groups its generalisation (Obuchowski,
// Biometrics 1997, eq. 3-6), which is the same where each group has one row. Where the variance is 0 (perfect or
// constant predictions) or undefined (one row in a class): Wilson's interval for as many trials as there are disjoint
// pairs of a good and a bad group, since those are independent comparisons. Needs both classes.
AucInterval RocAucInterval(const std::vector<Prediction>& predictions, const Steps& steps, const Groups& groups);

using Statistic = std::function<double(const Steps&)>;
constexpr int kBootstraps = 1000;

// For each statistic its values on kBootstraps samples, ascending: whole groups drawn with replacement, as many as
// there are of each kind (only good, only bad, both). Depends on the seed alone, not on the thread count.
std::vector<std::vector<double>> Bootstrap(const std::vector<Prediction>& predictions, const Steps& steps,
                                           const Groups& groups, const std::vector<Statistic>& statistics,
                                           uint64_t seed);

}  // namespace kallos::eval
