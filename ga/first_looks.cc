#include "ga/first_looks.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

namespace kallos::ga {
namespace {

// Best first; of equals the first.
std::vector<size_t> Order(std::span<const double> fitness) {
  std::vector<size_t> order(fitness.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, std::greater<>(), [&](size_t i) { return fitness[i]; });
  return order;
}

std::vector<size_t> Best(std::span<const double> fitness, size_t count) {
  std::vector<size_t> order = Order(fitness);
  order.resize(count);
  std::ranges::sort(order);
  return order;
}

std::vector<double> MeanRanks(std::span<const double> values) {
  const std::vector<size_t> order = Order(values);
  std::vector<double> ranks(values.size());
  for (size_t first = 0, last = 0; first < order.size(); first = last) {
    while (last < order.size() && values[order[last]] == values[order[first]]) ++last;
    for (size_t i = first; i < last; ++i) ranks[order[i]] = static_cast<double>(first + last - 1) / 2;
  }
  return ranks;
}

}  // namespace

std::vector<int64_t> Looks(const Settings& settings) {
  std::vector<int64_t> looks = {1};
  for (int64_t i = 0; i < settings.first_looks; ++i) looks.insert(looks.begin(), looks.front() * settings.look_factor);
  return looks;
}

double MostCost(const Settings& settings, int64_t generation) {
  // With looks an elite that was not trained in full takes part again.
  const int64_t old = generation == 0 || settings.first_looks > 0 ? 0 : settings.elite;
  int64_t individuals = settings.population - old;
  double cost = 0;
  for (const int64_t shortened : Looks(settings)) {
    cost += static_cast<double>(individuals * settings.islands) / static_cast<double>(shortened);
    if (!IsChecked(settings, generation)) individuals = (individuals + settings.look_factor - 1) / settings.look_factor;
  }
  return cost;
}

std::vector<size_t> Promising(std::span<const double> fitness, int64_t factor) {
  const auto parts = static_cast<size_t>(factor);
  return Best(fitness, (fitness.size() + parts - 1) / parts);
}

bool IsChecked(const Settings& settings, int64_t generation) {
  return settings.first_looks > 0 && settings.look_check > 0 && generation % settings.look_check == 0;
}

LookCheck CheckLooks(std::span<const double> first, std::span<const double> whole, std::span<const size_t> through) {
  if (through.empty()) return {};
  double best = whole[through[0]];
  for (const size_t i : through) best = std::max(best, whole[i]);
  return {RankCorrelation(first, whole), std::ranges::max(whole) - best};
}

double RankCorrelation(std::span<const double> a, std::span<const double> b) {
  const std::vector<double> x = MeanRanks(a), y = MeanRanks(b);
  const double mean = (static_cast<double>(a.size()) - 1) / 2;
  double xx = 0, yy = 0, xy = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mean) * (x[i] - mean);
    yy += (y[i] - mean) * (y[i] - mean);
    xy += (x[i] - mean) * (y[i] - mean);
  }
  return xx * yy > 0 ? xy / std::sqrt(xx * yy) : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace kallos::ga
