// Tests whether two methods differ on the same rows. Rows of one group are not independent: a group
// counts as one draw.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/measures/intervals.h"

namespace kallos::measures {

// Rows whose verdict is right by only one of the two models.
struct Discordant {
  int64_t only_a = 0, only_b = 0;
};
Discordant CountDiscordant(const std::vector<Prediction>& a, const std::vector<Prediction>& b);

// Two-sided p of the hypothesis that both are right equally often. Under it each group's surplus,
// rows that only A has right less rows that only B has right, is as likely to have the other sign.
// With independent rows that is the exact form of McNemar's test (Psychometrika 1947; the binomial
// one). Exact by convolution; a normal approximation where the surpluses add up to more than
// kExactSum and are not all 1.
double McNemarP(const std::vector<Prediction>& a, const std::vector<Prediction>& b,
                const Groups& groups);
constexpr int64_t kExactSum = 20000;

struct AucDifference {
  double value = 0;  // A - B
  std::optional<Interval> interval;
  std::optional<double> p;  // two-sided, normal
  std::string why;          // there are none
};
// DeLong et al., Biometrics 1988, for correlated curves. Needs both classes.
AucDifference CompareAucs(const std::vector<Prediction>& a, const std::vector<Prediction>& b,
                          const Groups& groups);

// Adjusted for as many tests (Holm, Scandinavian Journal of Statistics 1979), in the order given.
std::vector<double> HolmAdjusted(const std::vector<double>& p);

}  // namespace kallos::measures
