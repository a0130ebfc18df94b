#include "lib/measures/roc_thresholds.h"

#include <algorithm>

#include "lib/core/error.h"

namespace kallos::measures {

RocThresholds ThresholdsOf(const std::vector<Prediction>& predictions) {
  std::vector<std::pair<double, int>> rows;
  for (const Prediction& p : predictions) rows.emplace_back(p.probability, p.label);
  return ThresholdsOf(std::move(rows));
}

RocThresholds ThresholdsOf(std::vector<std::pair<double, int>> rows) {
  std::ranges::sort(rows);
  RocThresholds thresholds;
  for (const auto& [score, label] : rows) {
    if (thresholds.empty() || thresholds.back().probability != score) thresholds.push_back({score});
    ++(label == 1 ? thresholds.back().good : thresholds.back().bad);
  }
  return thresholds;
}

size_t FindThreshold(const RocThresholds& thresholds, double probability) {
  const auto found = std::ranges::lower_bound(thresholds, probability, {}, &Threshold::probability);
  KALLOS_CHECK(found != thresholds.end() && found->probability == probability);
  return found - thresholds.begin();
}

ClassCounts CountClasses(const RocThresholds& thresholds) {
  ClassCounts counts;
  for (const Threshold& threshold : thresholds)
    counts.bad += threshold.bad, counts.good += threshold.good;
  return counts;
}

Verdicts CountVerdicts(const RocThresholds& thresholds) {
  Verdicts v;
  for (const Threshold& threshold : thresholds) {
    const bool good = IsGood(threshold.probability);
    (good ? v.tp : v.fn) += threshold.good;
    (good ? v.fp : v.tn) += threshold.bad;
  }
  return v;
}

}  // namespace kallos::measures
