#include "lib/measures/placements.h"

#include <algorithm>

namespace kallos::measures {

double Placements::GroupsWith(size_t label) const {
  return std::ranges::count_if(has, [&](const auto& of) { return of[label]; });
}

// The placement of a good row is the share of bad rows below it, of a bad row the share of good
// rows above it; equals count half. The mean of either is the AUC (DeLong, DeLong and
// Clarke-Pearson, Biometrics 44, 1988). Of rows in groups the deviations from the AUC are added up
// by group (Obuchowski, Biometrics 53, 1997).
Placements PlacementsOf(const std::vector<Prediction>& predictions, const RocThresholds& thresholds,
                        const Groups& groups) {
  std::vector<double> bad_below, good_below;
  double bad = 0, good = 0;
  for (const Threshold& threshold : thresholds) {
    bad_below.push_back(bad + threshold.bad / 2.0);
    good_below.push_back(good + threshold.good / 2.0);
    bad += threshold.bad;
    good += threshold.good;
  }
  const double auc = RocAuc(thresholds);
  Placements placements{{}, {}, {bad, good}};
  for (const std::vector<size_t>& rows : groups) {
    std::array<double, 2> deviations{};
    std::array<bool, 2> has{};
    for (const size_t row : rows) {
      const size_t threshold = FindThreshold(thresholds, predictions[row].probability);
      const size_t label = predictions[row].label;
      deviations[label] +=
          (label == 1 ? bad_below[threshold] / bad : (good - good_below[threshold]) / good) - auc;
      has[label] = true;
    }
    placements.deviations.push_back(deviations);
    placements.has.push_back(has);
  }
  return placements;
}

Placements Difference(const Placements& a, const Placements& b) {
  Placements difference = a;
  for (size_t i = 0; i < b.deviations.size(); ++i) {
    for (const size_t label : {0u, 1u}) difference.deviations[i][label] -= b.deviations[i][label];
  }
  return difference;
}

// With the sums d_g (good rows) and b_g (bad rows) of the deviations of group g, of I groups in
// all, I_1 with good rows and I_0 with bad ones, m good rows and n bad ones (Obuchowski 1997):
//   I_1 / (I_1 - 1) sum d_g^2 / m^2 + I_0 / (I_0 - 1) sum b_g^2 / n^2
//     + 2 I / (I - 1) sum d_g b_g / (m n).
// With a row in each group the last sum is 0, and the rest is DeLong's variance.
double AucVariance(const Placements& placements) {
  double good2 = 0, bad2 = 0, cross = 0;
  for (const auto& [bad, good] : placements.deviations) {
    good2 += good * good;
    bad2 += bad * bad;
    cross += bad * good;
  }
  const auto [bad_rows, good_rows] = placements.rows;
  const auto corrected = [](double groups) { return groups / (groups - 1); };
  return corrected(placements.GroupsWith(1)) * good2 / (good_rows * good_rows) +
         corrected(placements.GroupsWith(0)) * bad2 / (bad_rows * bad_rows) +
         2 * corrected(placements.deviations.size()) * cross / (good_rows * bad_rows);
}

}  // namespace kallos::measures
