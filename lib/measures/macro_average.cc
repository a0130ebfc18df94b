#include "lib/measures/macro_average.h"

#include <algorithm>

#include "lib/core/error.h"
#include "lib/core/rng.h"
#include "lib/measures/groups.h"
#include "lib/measures/statistics.h"

namespace kallos::measures {
namespace {

void AddShare(const Draws& draws, double share, Draws& mean) {
  mean.value += share * draws.value;
  for (size_t i = 0; i < draws.by_round.size(); ++i) mean.by_round[i] += share * draws.by_round[i];
}

}  // namespace

Measures MacroAverage(const std::vector<std::vector<Prediction>>& benchmarks, uint64_t seed) {
  KALLOS_CHECK(!benchmarks.empty());
  std::vector<Statistic> functions;
  for (const NamedStatistic& statistic : Statistics()) functions.push_back(statistic.of);
  std::vector<Draws> means(functions.size(), {0, std::vector<double>(kBootstraps)});
  Measures out;
  for (size_t b = 0; b < benchmarks.size(); ++b) {
    const std::vector<Prediction>& rows = benchmarks[b];
    const auto draws = PairedBootstrap({{rows}}, functions, Stream(seed, "eval/macro", b).Next64());
    for (size_t k = 0; k < functions.size(); ++k)
      AddShare(draws[0][k], 1 / static_cast<double>(benchmarks.size()), means[k]);
    out.n += static_cast<int64_t>(rows.size());
    out.positives += std::ranges::count(rows, 1, &Prediction::label);
    out.groups += static_cast<int64_t>(GroupsOf(rows).size());
  }
  for (size_t k = 0; k < functions.size(); ++k) {
    out.by_name[Statistics()[k].name] = PercentileMeasure(
        means[k].value, means[k].by_round, "nothing was called good in one of the benchmarks");
  }
  return out;
}

}  // namespace kallos::measures
