#include "lib/measures/comparison.h"

#include <algorithm>

#include "lib/core/error.h"
#include "lib/measures/measure_table.h"
#include "lib/measures/paired.h"
#include "lib/measures/results.h"

namespace kallos::measures {
namespace {

bool HasBothClasses(const std::vector<Prediction>& rows) {
  const size_t good = std::ranges::count_if(rows, [](const Prediction& p) { return p.label == 1; });
  return good > 0 && good < rows.size();
}

// The rows of one benchmark; of all models.
struct Part {
  std::string name;
  std::vector<std::vector<Prediction>> of_model;
};

std::vector<Part> PartsOf(const std::vector<Model>& models) {
  std::map<std::string, Part> by_name;
  for (const Prediction& p : models[0].predictions) by_name[p.benchmark] = {p.benchmark, {}};
  for (const auto& [name, part] : by_name) RequireBenchmarkName(name);
  for (auto& [name, part] : by_name) {
    for (const Model& model : models) {
      part.of_model.emplace_back();
      std::ranges::copy_if(model.predictions, std::back_inserter(part.of_model.back()),
                           [&](const Prediction& p) { return p.benchmark == name; });
    }
  }
  std::vector<Part> parts;
  Part pooled{kOverall, std::vector<std::vector<Prediction>>(models.size())};
  size_t pooled_parts = 0;
  for (auto& [name, part] : by_name) {
    if (HasBothClasses(part.of_model[0])) {
      ++pooled_parts;
      for (size_t m = 0; m < models.size(); ++m)
        pooled.of_model[m].insert(pooled.of_model[m].end(), part.of_model[m].begin(),
                                  part.of_model[m].end());
    }
    parts.push_back(std::move(part));
  }
  if (pooled_parts > 1) parts.push_back(std::move(pooled));
  return parts;
}

// found[model][measure] of all models on a part.
std::vector<std::vector<BootstrapReplicates>> BootstrapAll(const Part& part,
                                                           const std::vector<MeasureInfo>& infos,
                                                           uint64_t seed) {
  std::vector<ClassStatistic> statistics;
  for (const MeasureInfo& info : infos) statistics.push_back(info.of_classes);
  std::vector<Repetitions> methods;
  for (const std::vector<Prediction>& predictions : part.of_model) methods.push_back({predictions});
  return PairedBootstrap(methods, statistics, seed);
}

// Those whose difference the bootstrap measures: of a part of one class only what needs no class.
std::vector<MeasureInfo> Bootstrapped(bool has_both_classes) {
  std::vector<MeasureInfo> infos = ClassMeasures();
  std::erase_if(infos, [&](const MeasureInfo& info) {
    return info.interval == IntervalMethod::kDeLong ||
           (!has_both_classes && info.needs != Needs::kNothing);
  });
  return infos;
}

void AddAuc(const std::vector<Prediction>& a, const std::vector<Prediction>& b,
            const Groups& groups, Pair& pair) {
  const AucDifference auc = CompareAucs(a, b, groups);
  Measure& measure = pair.differences["roc_auc"];
  measure.value = auc.value;
  measure.why = auc.why;
  if (auc.interval) measure.low = auc.interval->low, measure.high = auc.interval->high;
  pair.delong_p = auc.p;
}

// Counts and McNemar's test; every difference undefined.
Pair BeginPair(const std::string& benchmark, const std::vector<Prediction>& a,
               const std::vector<Prediction>& b, const Groups& groups) {
  Pair pair;
  pair.benchmark = benchmark;
  pair.n = a.size();
  pair.groups = groups.size();
  pair.discordant = CountDiscordant(a, b);
  pair.mcnemar_p = McNemarP(a, b, groups);
  for (const MeasureInfo& info : ClassMeasures())
    pair.differences[info.key].why = "all photographs of the benchmark are of one class";
  return pair;
}

void AddPairs(const std::vector<Model>& models, const Part& part, uint64_t seed,
              std::vector<Pair>& pairs) {
  const bool both = HasBothClasses(part.of_model[0]);
  const std::vector<MeasureInfo> infos = Bootstrapped(both);
  const auto found = BootstrapAll(part, infos, seed);
  const Groups groups = GroupsOf(part.of_model[0]);
  for (size_t i = 0; i < models.size(); ++i) {
    for (size_t j = i + 1; j < models.size(); ++j) {
      Pair pair = BeginPair(part.name, part.of_model[i], part.of_model[j], groups);
      pair.a = models[i].name;
      pair.b = models[j].name;
      for (size_t k = 0; k < infos.size(); ++k) {
        const BootstrapReplicates difference = Minus(found[i][k], found[j][k]);
        pair.differences[infos[k].key] = PercentileMeasure(difference.estimate, difference.values,
                                                           "one of the two calls nothing good");
      }
      if (both) AddAuc(part.of_model[i], part.of_model[j], groups, pair);
      pairs.push_back(std::move(pair));
    }
  }
}

void AdjustTests(std::vector<Pair>& pairs) {
  std::vector<double> mcnemar, delong;
  for (const Pair& pair : pairs) {
    mcnemar.push_back(pair.mcnemar_p);
    if (pair.delong_p) delong.push_back(*pair.delong_p);
  }
  mcnemar = HolmAdjusted(mcnemar);
  delong = HolmAdjusted(delong);
  size_t next = 0;
  for (size_t i = 0; i < pairs.size(); ++i) {
    pairs[i].mcnemar_holm = mcnemar[i];
    if (pairs[i].delong_p) pairs[i].delong_holm = delong[next++];
  }
}

}  // namespace

std::vector<Pair> ComparePairs(const std::vector<Model>& models, uint64_t seed) {
  KALLOS_CHECK(models.size() > 1);
  std::vector<Pair> pairs;
  for (const Part& part : PartsOf(models)) AddPairs(models, part, seed, pairs);
  AdjustTests(pairs);
  return pairs;
}

}  // namespace kallos::measures
