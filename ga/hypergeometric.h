// Columns drawn at random: how many of them are of a given kind.
#pragma once

#include <cstdint>

namespace kallos::ga {

// Of `drawn` out of `total` columns, without replacement, the number among `marked` ones.
struct Hypergeometric {
  int64_t total = 0, marked = 0, drawn = 0;  // total 1 or more; marked and drawn in [0, total]

  double Mean() const;
  double Variance() const;
  int64_t Least() const;  // the possible numbers are Least() .. Most()
  int64_t Most() const;
  double Probability(int64_t count) const;
  // Of a number as far from the mean as this, to either side: twice the smaller tail with `count`
  // in it, at most 1.
  double PValue(int64_t count) const;
};

}  // namespace kallos::ga
