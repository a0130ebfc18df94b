#include "lib/measures/classification.h"

#include <algorithm>

#include "lib/core/error.h"
#include "lib/measures/intervals.h"
#include "lib/measures/paired.h"

namespace kallos::measures {
namespace {

// One benchmark under measurement.
class Benchmark {
 public:
  Benchmark(const std::vector<Prediction>& predictions, uint64_t seed)
      : predictions_(predictions),
        seed_(seed),
        steps_(StepsOf(predictions)),
        groups_(GroupsOf(predictions)) {}

  int64_t groups() const { return static_cast<int64_t>(groups_.size()); }

  // The share of rows with success(row) among those with counts(row).
  template <typename Counts, typename Success>
  Measure Proportion(Counts counts, Success success, const std::string& why_empty) const {
    std::vector<Trials> trials;
    Trials total;
    for (const std::vector<size_t>& rows : groups_) {
      Trials group;
      for (const size_t row : rows) {
        if (!counts(predictions_[row])) continue;
        ++group.n;
        if (success(predictions_[row])) ++group.successes;
      }
      trials.push_back(group);
      total.n += group.n, total.successes += group.successes;
    }
    if (total.n == 0) return Undefined(why_empty);
    const Interval interval = ProportionInterval(trials);
    return {static_cast<double>(total.successes) / static_cast<double>(total.n), interval.low,
            interval.high, ""};
  }

  Measure Auc() const {
    const AucInterval found = RocAucInterval(predictions_, steps_, groups_);
    return {RocAuc(steps_), found.interval.low, found.interval.high, found.why};
  }

  void AddBootstrapped(const std::map<std::string, Statistic>& statistics, Measures& out) const {
    std::vector<Statistic> functions;
    for (const auto& [name, statistic] : statistics) functions.push_back(statistic);
    const std::vector<Draws> draws = PairedBootstrap({{predictions_}}, functions, seed_)[0];
    size_t k = 0;
    for (const auto& [name, statistic] : statistics) {
      out.by_name[name] = PercentileMeasure(draws[k].value, draws[k].by_round);
      ++k;
    }
  }

 private:
  const std::vector<Prediction>& predictions_;
  uint64_t seed_;
  Steps steps_;
  Groups groups_;
};

bool IsRight(const Prediction& p) {
  return IsGood(p.probability) == (p.label == 1);
}

Measure AccuracyOf(const Benchmark& benchmark) {
  return benchmark.Proportion([](const Prediction&) { return true; }, IsRight, "");
}

void AddProportions(const Benchmark& benchmark, Measures& out) {
  const auto good = [](const Prediction& p) { return p.label == 1; };
  const auto bad = [](const Prediction& p) { return p.label == 0; };
  const auto called_good = [](const Prediction& p) { return IsGood(p.probability); };
  out.by_name["accuracy"] = AccuracyOf(benchmark);
  out.by_name["recall"] =
      benchmark.Proportion(good, IsRight, "the benchmark has no good photographs");
  out.by_name["specificity"] =
      benchmark.Proportion(bad, IsRight, "the benchmark has no bad photographs");
  out.by_name["precision"] = benchmark.Proportion(called_good, IsRight, "nothing was called good");
}

}  // namespace

Measures MeasureClassification(std::vector<Prediction> predictions, uint64_t seed) {
  KALLOS_CHECK(!predictions.empty());
  std::sort(predictions.begin(), predictions.end(),
            [](const Prediction& a, const Prediction& b) { return a.id < b.id; });
  const Benchmark benchmark(predictions, seed);
  Measures out;
  out.n = static_cast<int64_t>(predictions.size());
  out.positives = std::count_if(predictions.begin(), predictions.end(),
                                [](const Prediction& p) { return p.label == 1; });
  out.groups = benchmark.groups();
  AddProportions(benchmark, out);
  std::map<std::string, Statistic> statistics = {
      {"brier", Brier}, {"ece", Ece}, {"log_loss", LogLoss}};
  if (out.one_class()) {
    const std::string why =
        fmt::format("all photographs of the benchmark are {}", out.positives == 0 ? "bad" : "good");
    for (const char* name : {"precision", "f1", "balanced_accuracy", "mcc", "roc_auc", "pr_auc"})
      out.by_name[name] = Undefined(why);
  } else {
    statistics.merge(std::map<std::string, Statistic>{{"f1", F1},
                                                      {"balanced_accuracy", BalancedAccuracy},
                                                      {"mcc", Mcc},
                                                      {"pr_auc", AveragePrecision}});
    out.by_name["roc_auc"] = benchmark.Auc();
  }
  benchmark.AddBootstrapped(statistics, out);
  return out;
}

Measure MeasureAccuracy(const std::vector<Prediction>& predictions) {
  KALLOS_CHECK(!predictions.empty());
  return AccuracyOf(Benchmark(predictions, 0));
}

}  // namespace kallos::measures
