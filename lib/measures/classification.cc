#include "lib/measures/classification.h"

#include <algorithm>

#include "lib/core/error.h"
#include "lib/measures/intervals.h"
#include "lib/measures/measure_table.h"
#include "lib/measures/paired.h"

namespace kallos::measures {
namespace {

bool IsRight(const Prediction& p) {
  return IsGood(p.probability) == (p.label == 1);
}

// The share of right verdicts among the rows that are trials.
Measure Proportion(const std::vector<Prediction>& predictions, const Groups& groups,
                   bool (*is_trial)(const Prediction&)) {
  std::vector<Trials> trials;
  Trials total;
  for (const std::vector<size_t>& rows : groups) {
    Trials group;
    for (const size_t row : rows) {
      if (!is_trial(predictions[row])) continue;
      ++group.n;
      if (IsRight(predictions[row])) ++group.successes;
    }
    trials.push_back(group);
    total.n += group.n, total.successes += group.successes;
  }
  if (total.n == 0) return Undefined("nothing was called good");
  const Interval interval = ProportionInterval(trials);
  return {ShareOf(total.successes, total.n), interval.low, interval.high, ""};
}

Measure Auc(const std::vector<Prediction>& predictions, const Groups& groups) {
  const RocThresholds thresholds = ThresholdsOf(predictions);
  const AucInterval found = RocAucInterval(predictions, thresholds, groups);
  return {RocAuc(thresholds), found.interval.low, found.interval.high, found.why};
}

// What the benchmark lacks, in words; "" where it lacks nothing.
std::string WhyUndefined(Needs needs, const Measures& counts) {
  if (needs == Needs::kGood && counts.positives == 0)
    return "the benchmark has no good photographs";
  if (needs == Needs::kBad && counts.positives == counts.n)
    return "the benchmark has no bad photographs";
  if (needs == Needs::kBothClasses && counts.one_class())
    return fmt::format("all photographs of the benchmark are {}",
                       counts.positives == 0 ? "bad" : "good");
  return "";
}

void AddBootstrapped(const std::vector<Prediction>& predictions,
                     const std::vector<MeasureInfo>& infos, uint64_t seed, Measures& out) {
  std::vector<ClassStatistic> statistics;
  for (const MeasureInfo& info : infos) statistics.push_back(info.of_classes);
  const std::vector<BootstrapReplicates> found =
      PairedBootstrap({{predictions}}, statistics, seed)[0];
  for (size_t k = 0; k < infos.size(); ++k)
    out.by_name[infos[k].key] = PercentileMeasure(found[k].estimate, found[k].values);
}

}  // namespace

Measures MeasureClassification(std::vector<Prediction> predictions, uint64_t seed) {
  KALLOS_CHECK(!predictions.empty());
  std::ranges::sort(predictions, {}, &Prediction::id);
  const Groups groups = GroupsOf(predictions);
  Measures out;
  out.n = predictions.size();
  out.positives = std::ranges::count(predictions, 1, &Prediction::label);
  out.groups = groups.size();
  std::vector<MeasureInfo> bootstrapped;
  for (const MeasureInfo& info : ClassMeasures()) {
    Measure& measure = out.by_name[info.key];
    if (const std::string why = WhyUndefined(info.needs, out); !why.empty())
      measure = Undefined(why);
    else if (info.interval == IntervalMethod::kWilson)
      measure = Proportion(predictions, groups, info.is_trial);
    else if (info.interval == IntervalMethod::kDeLong)
      measure = Auc(predictions, groups);
    else
      bootstrapped.push_back(info);
  }
  AddBootstrapped(predictions, bootstrapped, seed, out);
  return out;
}

Measure MeasureAccuracy(const std::vector<Prediction>& predictions) {
  KALLOS_CHECK(!predictions.empty());
  return Proportion(predictions, GroupsOf(predictions), MeasureByKey("accuracy").is_trial);
}

}  // namespace kallos::measures
