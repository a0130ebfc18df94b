// All measures of verdicts and probabilities, by name.
#pragma once

#include <string>
#include <vector>

#include "eval/paired.h"

namespace kallos::eval {

struct NamedStatistic {
  std::string name;  // "accuracy"
  Statistic of;
  bool needs_both = false;  // classes
};

const std::vector<NamedStatistic>& Statistics();

}  // namespace kallos::eval
