#include "lib/measures/macro_average.h"

#include <algorithm>

#include "lib/core/error.h"
#include "lib/core/rng.h"
#include "lib/measures/groups.h"
#include "lib/measures/measure_table.h"
#include "lib/measures/paired.h"

namespace kallos::measures {
namespace {

void AddShare(const BootstrapReplicates& of_one, double share, BootstrapReplicates& mean) {
  mean.estimate += share * of_one.estimate;
  for (size_t i = 0; i < of_one.values.size(); ++i) mean.values[i] += share * of_one.values[i];
}

}  // namespace

// mean = sum over the B benchmarks of measure_b / B, for the estimate and for each replicate, which
// resamples each benchmark by itself: so that the interval is that of the mean.
Measures MacroAverage(const std::vector<std::vector<Prediction>>& benchmarks, uint64_t seed) {
  KALLOS_CHECK(!benchmarks.empty());
  const std::vector<MeasureInfo> infos = ClassMeasures();
  std::vector<ClassStatistic> statistics;
  for (const MeasureInfo& info : infos) statistics.push_back(info.of_classes);
  std::vector<BootstrapReplicates> means(infos.size(), {0, std::vector<double>(kBootstrapSamples)});
  Measures out;
  for (size_t b = 0; b < benchmarks.size(); ++b) {
    const std::vector<Prediction>& rows = benchmarks[b];
    const auto found =
        PairedBootstrap({{rows}}, statistics, Stream(seed, "eval/macro", b).Next64());
    for (size_t k = 0; k < infos.size(); ++k)
      AddShare(found[0][k], 1.0 / benchmarks.size(), means[k]);
    out.n += rows.size();
    out.positives += std::ranges::count(rows, 1, &Prediction::label);
    out.groups += GroupsOf(rows).size();
  }
  for (size_t k = 0; k < infos.size(); ++k) {
    out.by_name[infos[k].key] = PercentileMeasure(
        means[k].estimate, means[k].values, "nothing was called good in one of the benchmarks");
  }
  return out;
}

}  // namespace kallos::measures
