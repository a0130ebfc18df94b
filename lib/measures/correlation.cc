#include "lib/measures/correlation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace kallos::measures {
namespace {

// Ranks from 0; equals get the mean of theirs.
std::vector<double> MeanRanks(std::span<const double> values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, {}, [&](size_t i) { return values[i]; });
  std::vector<double> ranks(values.size());
  for (size_t first = 0, last = 0; first < order.size(); first = last) {
    while (last < order.size() && values[order[last]] == values[order[first]]) ++last;
    for (size_t i = first; i < last; ++i) ranks[order[i]] = (first + last - 1) / 2.0;
  }
  return ranks;
}

// Pairs within runs of equal neighbours.
template <typename Equal>
double TiedPairs(size_t n, const Equal& equal_to_previous) {
  double pairs = 0;
  size_t run = 0;
  for (size_t i = 0; i < n; ++i) {
    run = i > 0 && equal_to_previous(i) ? run + 1 : 0;
    pairs += run;
  }
  return pairs;
}

// Sorts, and counts pairs that stood in the wrong order.
double SortCountingInversions(std::span<double> values) {
  if (values.size() < 2) return 0;
  const size_t half = values.size() / 2;
  double inversions =
      SortCountingInversions(values.first(half)) + SortCountingInversions(values.subspan(half));
  std::vector<double> merged;
  size_t left = 0, right = half;
  while (left < half || right < values.size()) {
    if (right == values.size() || (left < half && values[left] <= values[right])) {
      merged.push_back(values[left++]);
    } else {
      inversions += half - left;
      merged.push_back(values[right++]);
    }
  }
  std::ranges::copy(merged, values.begin());
  return inversions;
}

}  // namespace

// sum (x - mean x)(y - mean y) / sqrt(sum (x - mean x)^2 sum (y - mean y)^2).
double Pearson(std::span<const double> x, std::span<const double> y) {
  const double n = x.size();
  double mean_x = 0, mean_y = 0, xx = 0, yy = 0, xy = 0;
  for (size_t i = 0; i < x.size(); ++i) mean_x += x[i] / n, mean_y += y[i] / n;
  for (size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    yy += (y[i] - mean_y) * (y[i] - mean_y);
    xy += (x[i] - mean_x) * (y[i] - mean_y);
  }
  // A constant list has a sum of squares that is rounding only.
  const auto varies = [](std::span<const double> v) {
    return !v.empty() && std::ranges::min(v) < std::ranges::max(v);
  };
  return varies(x) && varies(y) ? std::clamp(xy / std::sqrt(xx * yy), -1.0, 1.0)
                                : std::numeric_limits<double>::quiet_NaN();
}

// Pearson's correlation of the ranks.
double Spearman(std::span<const double> x, std::span<const double> y) {
  return Pearson(MeanRanks(x), MeanRanks(y));
}

// tau-b = (C - D) / sqrt((P - T_x) (P - T_y)) of P = n (n - 1) / 2 pairs, C concordant, D
// discordant, T_x tied in x, T_y in y and T_xy in both, where C - D = P - T_x - T_y + T_xy - 2 D.
// Sorted by x, the discordant pairs are the inversions of y (Knight, Journal of the American
// Statistical Association 61, 1966).
double Kendall(std::span<const double> x, std::span<const double> y) {
  const size_t n = x.size();
  std::vector<size_t> order(n);
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(
      order, [&](size_t i, size_t j) { return std::pair(x[i], y[i]) < std::pair(x[j], y[j]); });
  std::vector<double> sorted;
  for (const size_t i : order) sorted.push_back(y[i]);
  const auto same_x = [&](size_t i) { return x[order[i]] == x[order[i - 1]]; };
  const double tied_x = TiedPairs(n, same_x);
  const double tied_both =
      TiedPairs(n, [&](size_t i) { return same_x(i) && y[order[i]] == y[order[i - 1]]; });
  const double discordant = SortCountingInversions(sorted);
  const double tied_y = TiedPairs(n, [&](size_t i) { return sorted[i] == sorted[i - 1]; });
  const double pairs = 1.0 * n * (n - 1) / 2;
  const double concordant_minus = pairs - tied_x - tied_y + tied_both - 2 * discordant;
  return concordant_minus / std::sqrt((pairs - tied_x) * (pairs - tied_y));
}

}  // namespace kallos::measures
