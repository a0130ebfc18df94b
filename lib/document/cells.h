// Cells of numbers, so that a number looks the same in every table.
#pragma once

#include <cstdint>
#include <optional>

#include "lib/document/document.h"

namespace kallos::document {

// What is printed is scale times the number.
struct NumberFormat {
  double scale = 1;
  int digits = 3;           // after the point
  int interval_digits = 3;  // of low and high
  bool sign = false;        // + of what is not negative
};

Cell CountCell(int64_t count);              // 12,345
Cell NumberCell(double value, int digits);  // 0.98

// The value with [low, high] in small print, where there are both; "-" without a value. Sorts by
// the value unscaled.
Cell IntervalCell(const std::optional<double>& value, const std::optional<double>& low,
                  const std::optional<double>& high, const NumberFormat& format);
Cell PValueCell(const std::optional<double>& p);  // 0.0312, < 0.0001; "-" where there was no test

}  // namespace kallos::document
