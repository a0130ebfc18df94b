#include "eval/report/run_predictions.h"

#include <algorithm>

#include "lib/core/error.h"
#include "lib/core/file.h"

namespace kallos::report {
namespace {

// The predictions of one file by benchmark.
template <typename Prediction>
std::map<std::string, std::vector<Prediction>> ByBenchmark(
    const std::vector<Prediction>& predictions) {
  std::map<std::string, std::vector<Prediction>> parts;
  for (const Prediction& prediction : predictions)
    parts[prediction.benchmark].push_back(prediction);
  return parts;
}

struct Count {
  int64_t n = 0;
  std::optional<int64_t> positives = {};  // of classes

  bool operator==(const Count&) const = default;
};
using Counts = std::map<std::string, Count>;  // by benchmark

Counts CountPredictions(const fs::path& file) {
  Counts counts;
  if (measures::KindOf(file) != measures::PredictionKind::kClasses) {
    for (const measures::ScoredPrediction& prediction : measures::ReadScoredPredictions(file))
      ++counts[prediction.benchmark].n;
    return counts;
  }
  for (const measures::Prediction& prediction : measures::ReadPredictions(file)) {
    Count& count = counts[prediction.benchmark];
    ++count.n;
    count.positives = count.positives.value_or(0) + prediction.label;
  }
  return counts;
}

std::string TextOf(const Count& count) {
  return fmt::format("{} photographs{}", count.n,
                     count.positives ? fmt::format(" ({} good)", *count.positives) : "");
}

}  // namespace

void RequireWholePredictions(const Run& run, const ModelMeasures& measured) {
  const fs::path file = run.path / kPredictionsFile;
  if (!fs::exists(file)) return;
  Counts found = CountPredictions(file);
  for (const BenchmarkMeasures& row : measured.rows) {
    const Count expected{row.n, row.positives};
    if (!row.of_all() && found[row.benchmark] != expected)
      throw InputError(
          "{}: benchmark '{}' has {}, and metrics.json measured {}; run kallos-eval benchmark "
          "again",
          PathText(file), row.benchmark, TextOf(found[row.benchmark]), TextOf(expected));
  }
}

bool ClassRun::has_both_classes() const {
  return std::ranges::any_of(
             thresholds, [](const measures::Threshold& threshold) { return threshold.bad > 0; }) &&
         std::ranges::any_of(
             thresholds, [](const measures::Threshold& threshold) { return threshold.good > 0; });
}

bool HasVerdicts(const Run& run) {
  const fs::path file = run.path / kPredictionsFile;
  return run.kind == RunKind::kBenchmark && fs::exists(file) &&
         measures::KindOf(file) == measures::PredictionKind::kClasses;
}

std::map<std::string, std::vector<ClassRun>> ClassRunsByBenchmark(const std::vector<Run>& runs) {
  std::map<std::string, std::vector<ClassRun>> predicted;
  for (const Run& run : runs) {
    if (!HasVerdicts(run)) continue;
    for (const auto& [benchmark, part] :
         ByBenchmark(measures::ReadPredictions(run.path / kPredictionsFile)))
      predicted[benchmark].push_back({run.name, measures::ThresholdsOf(part)});
  }
  return predicted;
}

std::map<std::string, std::vector<ScoreRun>> ScoreRunsByBenchmark(const std::vector<Run>& runs) {
  std::map<std::string, std::vector<ScoreRun>> scored;
  for (const Run& run : OfKind(runs, RunKind::kBenchmark)) {
    const fs::path file = run.path / kPredictionsFile;
    if (!fs::exists(file) || measures::KindOf(file) == measures::PredictionKind::kClasses) continue;
    for (auto& [benchmark, part] : ByBenchmark(measures::ReadScoredPredictions(file)))
      scored[benchmark].push_back({run.name, std::move(part)});
  }
  return scored;
}

}  // namespace kallos::report
