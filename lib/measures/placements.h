// The parts of a ROC-AUC by group, from which DeLong's variances are made.
#pragma once

#include <array>
#include <vector>

#include "lib/measures/class_statistics.h"
#include "lib/measures/intervals.h"

namespace kallos::measures {

// Of each group: how far the placement values (the share of the other class that a row beats) of
// its bad and its good rows are from the AUC, added up, and whether it has such rows.
struct Placements {
  std::vector<std::array<double, 2>> deviations;
  std::vector<std::array<bool, 2>> has;
  std::array<double, 2> rows{};  // bad and good, of all groups

  double GroupsWith(size_t label) const;
};

Placements PlacementsOf(const std::vector<Prediction>& predictions, const RocThresholds& thresholds,
                        const Groups& groups);
// Of two predictions of the same rows in the same order: what the difference
// of their AUCs is made of.
Placements Difference(const Placements& a, const Placements& b);

// Of the AUC, or of a difference of two: DeLong et al., Biometrics 1988, eq. 2-6; with
// groups Obuchowski, Biometrics 1997, eq. 3-6. Not a number, or infinite, where a
// class has a single group.
double AucVariance(const Placements& placements);

}  // namespace kallos::measures
