// What a spectrum of variances tells.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "lib/model/reduction.h"

namespace kallos::pca {

// exp of the entropy of the variances' shares: the effective rank (Roy & Vetterli, "The effective
// rank: a measure of effective dimensionality", EUSIPCO 2007) of the covariance matrix. Between 1
// and the number of variances; 0 when all are 0.
double EffectiveRank(const std::vector<double>& variances);

// Entry i is the share of `total` that the first i + 1 variances hold.
std::vector<double> CumulatedShares(const std::vector<double>& variances, double total);

// The fewest components whose cumulated share reaches `part`, or nothing
// where the known ones do not.
std::optional<int64_t> ComponentsFor(const std::vector<double>& cumulated_shares, double part);

struct Comparison {
  int64_t count = 0;          // leading components compared: those that both have
  double variance_error = 0;  // largest |variance - exact| / exact, of exact variances above 0
  double angle = 0;           // largest principal angle between the spaces spanned, radians
};

// Largest angle by its sine, the length of what is left of one space's basis outside
// the other (Björck & Golub 1973), which is precise for small angles. Throws InputError
// when the columns differ.
Comparison Compare(const model::Reduction& model, const model::Reduction& exact);

}  // namespace kallos::pca
