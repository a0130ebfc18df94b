// Correlation of two lists of equal length; not a number where one is constant or empty.
#pragma once

#include <span>

namespace kallos::measures {

double Pearson(std::span<const double> x, std::span<const double> y);
// Pearson's correlation of the ranks, ties at their mean rank.
double Spearman(std::span<const double> x, std::span<const double> y);
// Kendall's tau-b, corrected for ties (Kendall, Biometrika 1945), in n log n (Knight, JASA 1966).
double Kendall(std::span<const double> x, std::span<const double> y);

}  // namespace kallos::measures
