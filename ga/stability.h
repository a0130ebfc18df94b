// How much several selections from the same columns agree.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "ga/evolution/genome.h"

namespace kallos::ga {

// A measure, and what it is for random selections of the same sizes: exact mean
// and standard deviation.
struct Agreement {
  double found = 0;
  double random_mean = 0;
  double random_sd = 0;
};

struct Stability {
  Agreement shared;   // columns that two selections share, mean over all pairs
  Agreement jaccard;  // shared over all columns of the two, mean over all pairs; in [0, 1]
  // Kuncheva, AIA 2007: mean over all pairs of (r D - L^2) / (L (D - L)), r columns shared; 1 = the
  // same columns. None where the selections differ in size or have all columns.
  std::optional<Agreement> kuncheva;
  // Nogueira, Sechidis and Brown, JMLR 18 (174), 2018, definition 4; equal to Kuncheva's for equal
  // sizes. None where the selections have all columns.
  std::optional<Agreement> nogueira;
  // 95 % for `nogueira`, their corollary 9: asymptotic in the number of selections. None for fewer
  // than three.
  std::optional<std::pair<double, double>> interval;
};

// `selections`: two or more, none empty, of columns 0 .. columns - 1.
Stability StabilityOf(std::span<const Genome> selections, int64_t columns);

}  // namespace kallos::ga
