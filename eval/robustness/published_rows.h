// The numbers of the published robustness test, for comparison;
// configs/paper/robustness_published.csv has them.
#pragma once

#include <optional>
#include <string>

#include "eval/robustness/robustness_report.h"

namespace kallos::eval {

// Accuracy, precision, recall and specificity from the published counts; nothing where
// there are none. Wilson's intervals are ours; none for the joint row, whose views of a
// photograph are not independent.
std::optional<RobustnessRow> PublishedRow(const std::string& benchmark,
                                          const std::string& transform);

}  // namespace kallos::eval
