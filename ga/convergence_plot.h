// The course of searches as a drawing that stands alone.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ga/evolution/history.h"

namespace kallos::ga {

struct Course {
  std::string label;                // for the legend
  std::vector<HistoryRow> history;  // one row or more
};

// SVG: fitness over generations, each course in a colour of its own (they repeat after eight): the
// best so far, the best of each generation, and the mean with a band of one standard deviation to
// either side. Colours follow the viewer's light or dark scheme. What is not finite is left out.
std::string ConvergenceSvg(std::span<const Course> courses, const std::string& title);

}  // namespace kallos::ga
