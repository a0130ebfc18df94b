// All measures of verdicts and probabilities, by name.
#pragma once

#include <string>
#include <vector>

#include "lib/measures/paired.h"

namespace kallos::measures {

struct NamedStatistic {
  std::string name;  // "accuracy"
  Statistic of;
  bool needs_both = false;  // classes
};

const std::vector<NamedStatistic>& Statistics();

}  // namespace kallos::measures
