#include "lib/measures/paired_tests.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "lib/core/error.h"
#include "lib/measures/placements.h"

namespace kallos::measures {
namespace {

bool IsRight(const Prediction& p) {
  return IsGood(p.probability) == (p.label == 1);
}

// 2 (1 - Phi(|z|)).
double TwoSidedNormal(double z) {
  return std::erfc(std::abs(z) / std::sqrt(2.0));
}

// 2 P(X <= k) for X binomial with n trials of 1/2, at most 1.
double TwoSidedBinomial(int64_t k, int64_t n) {
  double sum = 0;
  for (int64_t i = 0; i <= k; ++i) {
    const auto of = [](int64_t count) { return std::lgamma(static_cast<double>(count) + 1); };
    sum += std::exp(of(n) - of(i) - of(n - i) - static_cast<double>(n) * std::log(2.0));
  }
  return std::min(1.0, 2 * sum);
}

// P(|sum of +-surplus| >= |observed|) with signs of 1/2 each. chances[s]: of the sum s - (those so
// far).
double TwoSidedSigns(const std::vector<int64_t>& surpluses, int64_t observed) {
  std::vector<double> chances = {1};
  for (const int64_t surplus : surpluses) {
    const size_t apart = 2 * surplus;
    std::vector<double> next(chances.size() + apart);
    for (size_t i = 0; i < chances.size(); ++i) {
      next[i] += chances[i] / 2;
      next[i + apart] += chances[i] / 2;
    }
    chances = std::move(next);
  }
  const auto most = static_cast<int64_t>(chances.size() - 1) / 2;
  double p = 0;
  for (size_t i = 0; i < chances.size(); ++i) {
    if (std::abs(static_cast<int64_t>(i) - most) >= observed) p += chances[i];
  }
  return std::min(1.0, p);
}

}  // namespace

Discordant CountDiscordant(const std::vector<Prediction>& a, const std::vector<Prediction>& b) {
  CheckSameRows(a, b);
  Discordant count;
  for (size_t i = 0; i < a.size(); ++i) {
    if (IsRight(a[i]) && !IsRight(b[i])) ++count.only_a;
    if (!IsRight(a[i]) && IsRight(b[i])) ++count.only_b;
  }
  return count;
}

// Where neither model is better, the surplus of right verdicts of each group has either sign with
// probability 1/2. Surpluses of 1 alone: the binomial test of McNemar, Psychometrika 12, 1947. Else
// the distribution of the signed sum, exact up to kExactSum, and beyond the normal one with
// variance sum of surplus^2.
double McNemarP(const std::vector<Prediction>& a, const std::vector<Prediction>& b,
                const Groups& groups) {
  CheckSameRows(a, b);
  std::vector<int64_t> surpluses;
  int64_t observed = 0, square = 0;
  for (const std::vector<size_t>& rows : groups) {
    int64_t surplus = 0;
    for (const size_t row : rows) surplus += (IsRight(a[row]) ? 1 : 0) - (IsRight(b[row]) ? 1 : 0);
    if (surplus != 0) surpluses.push_back(std::abs(surplus));
    observed += surplus;
    square += surplus * surplus;
  }
  const int64_t sum = std::accumulate(surpluses.begin(), surpluses.end(), int64_t{0});
  observed = std::abs(observed);
  if (sum == square) return TwoSidedBinomial((sum - observed) / 2, sum);  // all are 1
  if (sum <= kExactSum) return TwoSidedSigns(surpluses, observed);
  return TwoSidedNormal(observed / std::sqrt(square));
}

// z = (AUC_a - AUC_b) / sd, with the variance of the differences of placements, row by row.
AucDifference CompareAucs(const std::vector<Prediction>& a, const std::vector<Prediction>& b,
                          const Groups& groups) {
  CheckSameRows(a, b);
  const RocThresholds thresholds_a = ThresholdsOf(a), thresholds_b = ThresholdsOf(b);
  AucDifference difference{RocAuc(thresholds_a) - RocAuc(thresholds_b), {}, {}, ""};
  const double variance = AucVariance(
      Difference(PlacementsOf(a, thresholds_a, groups), PlacementsOf(b, thresholds_b, groups)));
  constexpr double kRounding = 1e-20;
  if (!(variance > kRounding) || std::isinf(variance)) {
    difference.why = "DeLong's variance of the difference is 0 or undefined here";
    return difference;
  }
  const double sd = std::sqrt(variance);
  difference.interval =
      Interval{difference.value - kNormal95 * sd, difference.value + kNormal95 * sd};
  difference.p = TwoSidedNormal(difference.value / sd);
  return difference;
}

// p sorted ascending: adjusted_(i) = max over j <= i of min(1, (m - j + 1) p_(j)): Holm,
// Scandinavian Journal of Statistics 6, 1979.
std::vector<double> HolmAdjusted(const std::vector<double>& p) {
  std::vector<size_t> order(p.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, {}, [&](size_t i) { return p[i]; });
  std::vector<double> adjusted(p.size());
  double largest = 0;
  for (size_t rank = 0; rank < order.size(); ++rank) {
    largest = std::max(largest, std::min(1.0, (p.size() - rank) * p[order[rank]]));
    adjusted[order[rank]] = largest;
  }
  return adjusted;
}

}  // namespace kallos::measures
