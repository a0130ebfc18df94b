#include "lib/measures/intervals.h"

#include <algorithm>
#include <cmath>

#include "lib/core/error.h"
#include "lib/measures/placements.h"

namespace kallos::measures {
namespace {

constexpr double kZ = kNormal95;

double Square(double x) {
  return x * x;
}

// How many independent trials the groups are worth: n / deff, where the design effect deff is the
// variance of the proportion p over that of independent rows (Korn and Graubard, Survey Methodology
// 24, 1998), by G groups with y_g successes in n_g rows:
//   deff = G / (G - 1) * sum over g of (y_g - p n_g)^2 / (n / (n - 1) * n p (1 - p)).
double EffectiveTrials(const std::vector<Trials>& groups, double successes, double n) {
  const double used =
      std::count_if(groups.begin(), groups.end(), [](const Trials& group) { return group.n > 0; });
  if (used == n || used == 1) return used;
  // Near 0 and 1 a few groups decide how alike their rows are, and most samples have none of them:
  // without what is added 95 % intervals of 20 to 111 groups covered as little as 79 % there, with
  // it 91 % or more.
  constexpr double kAdded = 0.25;
  const double size = n / used;
  const double all = n + 2 * kAdded * size, count = used + 2 * kAdded;
  const double proportion = (successes + kAdded * size) / all;
  double square = kAdded * (Square(size * proportion) + Square(size * (1 - proportion)));
  double of_copies = 0;  // the design effect if all rows of a group were one
  for (const Trials& group : groups) {
    square += Square(group.successes - proportion * group.n);
    of_copies += Square(group.n) / n;
  }
  const double independent = all / (all - 1) * all * proportion * (1 - proportion);
  return n / std::clamp(count / (count - 1) * square / independent, 1.0, of_copies);
}

}  // namespace

// (p + z^2 / 2n +- z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n): Wilson, Journal of the
// American Statistical Association 22, 1927.
Interval WilsonInterval(double proportion, double n) {
  KALLOS_CHECK(n > 0 && proportion >= 0 && proportion <= 1);
  const double centre = proportion + kZ * kZ / (2 * n);
  const double half = kZ * std::sqrt(proportion * (1 - proportion) / n + kZ * kZ / (4 * n * n));
  const double scale = 1 + kZ * kZ / n;
  return {std::clamp((centre - half) / scale, 0.0, proportion),
          std::clamp((centre + half) / scale, proportion, 1.0)};
}

Interval ProportionInterval(const std::vector<Trials>& groups) {
  Trials total;
  for (const Trials& group : groups) total.successes += group.successes, total.n += group.n;
  KALLOS_CHECK(total.n > 0);
  const double n = total.n;
  const double successes = total.successes;
  return WilsonInterval(successes / n, EffectiveTrials(groups, successes, n));
}

Interval Percentiles(std::vector<double> replicates) {
  std::ranges::sort(replicates);
  const size_t cut = replicates.size() / 40;
  return {replicates[cut], replicates[replicates.size() - 1 - cut]};
}

// AUC +- z sd by DeLong. Where all pairs are in order the variance is 0; then the pairs of disjoint
// groups are independent trials.
AucInterval RocAucInterval(const std::vector<Prediction>& predictions,
                           const RocThresholds& thresholds, const Groups& groups) {
  const double auc = RocAuc(thresholds);
  const Placements placements = PlacementsOf(predictions, thresholds, groups);
  const double good_groups = placements.GroupsWith(1), bad_groups = placements.GroupsWith(0);
  const double variance = AucVariance(placements);
  constexpr double kRounding = 1e-20;
  if (variance > kRounding && good_groups > 1 && bad_groups > 1) {
    const double half = kZ * std::sqrt(variance);
    return {{std::max(0.0, auc - half), std::min(1.0, auc + half)}, ""};
  }
  const double pairs =
      std::max(1.0, std::min({good_groups, bad_groups, std::floor(groups.size() / 2.0)}));
  return {WilsonInterval(auc, pairs),
          fmt::format(
              "DeLong's variance is 0 or undefined here; Wilson's interval for {} disjoint pairs",
              pairs)};
}

}  // namespace kallos::measures
