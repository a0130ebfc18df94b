#include "eval/benchmark.h"

#include <cstdio>

#include "eval/report.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/lock.h"
#include "lib/store/joined.h"
#include "train/bundle.h"

namespace kallos::eval {
namespace {

bool Counts(const store::ManifestRow& row, const std::string& split) {
  if (!row.label) return false;
  if (split == "all") return true;
  return row.split == split || (split == "test" && !row.benchmark.empty());
}

std::vector<Prediction> PredictWithBundle(const BenchmarkConfig& config, RunContext& context) {
  const train::Bundle bundle = train::LoadBundle(*config.bundle);
  const store::JoinedFeatures joined = store::JoinStores(config.features, config.manifest);
  train::RequireSameExtractors(bundle, joined.parts);
  const std::vector<double> probabilities = train::Predict(bundle, joined.features);
  std::vector<Prediction> predictions;
  for (size_t i = 0; i < probabilities.size(); ++i) {
    const store::ManifestRow& row = joined.manifest.rows[i];
    if (!Counts(row, config.split)) continue;
    const std::string fallback = config.split == "all" && !row.split.empty() ? row.split : config.split;
    predictions.push_back({row.id, row.benchmark.empty() ? fallback : row.benchmark, *row.label, probabilities[i]});
  }
  if (predictions.empty()) {
    throw InputError(
        "no labelled row of split '{}' among {} rows; see the columns split, benchmark and label of the manifest",
        config.split, probabilities.size());
  }
  context.record.AddInput(config.bundle->string(), Sha256OfFile(*config.bundle / "head.safetensors"));
  for (const store::StoreInfo& part : joined.parts) context.record.AddInput(part.extractor, part.fingerprint);
  return predictions;
}

}  // namespace

void Validate(const BenchmarkConfig& config, Violations& violations) {
  if (config.predictions && config.bundle) violations.push_back("--predictions and --bundle exclude each other");
  if (!config.predictions && (!config.bundle || config.features.empty())) {
    violations.push_back("give --bundle with its --features, or --predictions");
  }
}

void RunBenchmark(const BenchmarkConfig& config, RunContext& context) {
  const FolderLock lock(config.out);
  RemoveStaleTemporaries(config.out);
  const std::vector<Prediction> predictions =
      config.predictions ? ReadPredictions(*config.predictions) : PredictWithBundle(config, context);
  if (config.predictions) context.record.AddInput(config.predictions->string(), Sha256OfFile(*config.predictions));
  const NamedMeasures measures = MeasureBenchmarks(predictions, context.seed);
  const std::string table = FormatTable(measures);
  PublishBytes(config.out / "predictions.csv", FormatPredictions(predictions));
  PublishBytes(config.out / "table.csv", FormatTableCsv(measures));
  PublishBytes(config.out / "table.md", table);
  PublishBytes(config.out / "metrics.json", FormatMetricsJson(measures));
  context.record.AddCount("predictions", static_cast<int64_t>(predictions.size()));
  context.record.Write(config.out);
  std::fputs(table.c_str(), stdout);
}

}  // namespace kallos::eval
