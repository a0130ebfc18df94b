// A chart as the JSON that page.js draws.
#pragma once

#include <string>

#include "lib/document/document.h"

namespace kallos::document {

// Six significant digits; points that are not finite are left out. Safe inside a
// <script> element: no '<' in it.
//   {"x": {"title", "low", "high", "logarithmic", "names"}, "y": {...}, "square",
//    "series": [{"name", "look", "colour", "points": [[x, y] or [x, y, low, high], ...]}]}
std::string ChartJson(const Chart& chart);

}  // namespace kallos::document
