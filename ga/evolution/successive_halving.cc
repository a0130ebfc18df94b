#include "ga/evolution/successive_halving.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "lib/measures/correlation.h"

namespace kallos::ga {
namespace {

// The indices of the `count` largest; of equals the first. Ascending.
std::vector<size_t> Best(std::span<const double> fitness, size_t count) {
  std::vector<size_t> order(fitness.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, std::greater<>(), [&](size_t i) { return fitness[i]; });
  order.resize(count);
  std::ranges::sort(order);
  return order;
}

}  // namespace

// factor^looks, ..., factor, 1: with the reduction factor eta of Hyperband (Li et al., JMLR
// 18(185), 2018) the budgets eta^-looks, ..., 1/eta, 1.
std::vector<int64_t> Rungs(const Settings& settings) {
  std::vector<int64_t> rungs = {1};
  for (int64_t i = 0; i < settings.first_looks; ++i)
    rungs.insert(rungs.begin(), rungs.front() * settings.look_factor);
  return rungs;
}

// sum over the rungs of n / divisor, where n individuals train on the first rung and ceil(n /
// factor) of those of a rung on the next; n on every rung in a generation that checks the rungs.
double MostCost(const Settings& settings, int64_t generation) {
  // With several rungs an elite that was not trained in full takes part again.
  const int64_t old = generation == 0 || settings.first_looks > 0 ? 0 : settings.elite;
  int64_t individuals = settings.population - old;
  double cost = 0;
  for (const int64_t divisor : Rungs(settings)) {
    cost += static_cast<double>(individuals * settings.islands) / divisor;
    if (!IsChecked(settings, generation))
      individuals = (individuals + settings.look_factor - 1) / settings.look_factor;
  }
  return cost;
}

std::vector<size_t> Promoted(std::span<const double> fitness, int64_t factor) {
  const size_t parts = factor;
  return Best(fitness, (fitness.size() + parts - 1) / parts);
}

bool IsChecked(const Settings& settings, int64_t generation) {
  return settings.first_looks > 0 && settings.look_check > 0 &&
         generation % settings.look_check == 0;
}

RungCheck CheckRungs(std::span<const double> first, std::span<const double> whole,
                     std::span<const size_t> survivors) {
  if (survivors.empty()) return {};
  double best = whole[survivors[0]];
  for (const size_t i : survivors) best = std::max(best, whole[i]);
  return {measures::Spearman(first, whole), std::ranges::max(whole) - best};
}

}  // namespace kallos::ga
