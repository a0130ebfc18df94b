#include "eval/benchmark.h"

#include <cstdio>

#include "eval/bundle_predictions.h"
#include "eval/report.h"
#include "lib/core/csv.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/lock.h"
#include "lib/core/output_folder.h"

namespace kallos::eval {
namespace {

BundlePredictions Predict(const BenchmarkConfig& config, RunRecord& record) {
  if (!config.predictions) return PredictWithBundle(config, record);
  record.AddInput(PathText(*config.predictions), Sha256OfFile(*config.predictions));
  return {ReadPredictions(*config.predictions), {}, {}};
}

std::string FormatSkipped(const std::vector<store::Skipped>& skipped) {
  CsvTable table{{"id", "path", "reason"}, {}, {}};
  for (const store::Skipped& row : skipped) table.rows.push_back({row.id, row.path, row.reason});
  return FormatCsv(table);
}

// A report, and its predictions as a file.
struct Judged {
  Report report;
  std::string predictions;
  int64_t count = 0;
  std::vector<store::Skipped> skipped;
};

Judged JudgeScores(const BenchmarkConfig& config, const RunContext& context) {
  const std::vector<ScoredPrediction> predictions = ReadScoredPredictions(*config.predictions);
  return {MakeScoreReport(predictions, context.seed),
          FormatScoredPredictions(predictions),
          static_cast<int64_t>(predictions.size()),
          {}};
}

Judged Judge(const BenchmarkConfig& config, RunContext& context) {
  if (config.predictions && KindOf(*config.predictions) != PredictionKind::kClasses) {
    context.record.AddInput(PathText(*config.predictions), Sha256OfFile(*config.predictions));
    return JudgeScores(config, context);
  }
  BundlePredictions found = Predict(config, context.record);
  Judged judged{MakeReport(found.predictions, context.seed), FormatPredictions(found.predictions),
                static_cast<int64_t>(found.predictions.size()), std::move(found.skipped)};
  judged.report.notes.insert(judged.report.notes.end(), found.notes.begin(), found.notes.end());
  return judged;
}

void WriteFiles(const fs::path& out, const Judged& judged) {
  const Report& report = judged.report;
  PublishBytes(out / "predictions.csv", judged.predictions);
  PublishBytes(out / "skipped.csv", FormatSkipped(judged.skipped));
  PublishBytes(out / "table.csv", FormatTableCsv(report));
  PublishBytes(out / "table.md", FormatMarkdown(report));
  PublishBytes(out / "metrics.json", FormatMetricsJson(report));
}

}  // namespace

void Validate(const BenchmarkConfig& config, Violations& violations) {
  const auto refuse = [&](bool given, const char* flag, const char* why) {
    if (given) violations.push_back(fmt::format("--{} {}", flag, why));
  };
  const bool from_photos = config.bundle && config.features.empty();
  if (config.predictions) {
    constexpr const char* kWhy = "does not go with --predictions, which hold all that is judged";
    refuse(config.bundle.has_value(), "bundle", kWhy);
    refuse(!config.features.empty(), "features", kWhy);
    refuse(config.manifest.has_value(), "manifest", kWhy);
    refuse(config.split.has_value(), "split", kWhy);
    refuse(config.strict, "strict", kWhy);
  } else if (!config.bundle) {
    violations.push_back("what to judge is missing: --bundle with --features or --manifest, or --predictions");
  } else if (from_photos && !config.manifest) {
    violations.push_back("--bundle needs its --features, or a --manifest of photographs");
  }
  if (from_photos && !config.predictions) return;
  refuse(!config.weights.empty(), "weights", "is for photographs: --bundle and --manifest without --features");
  refuse(config.device != "auto", "device", "is for photographs: --bundle and --manifest without --features");
}

void RunBenchmark(const BenchmarkConfig& config, RunContext& context) {
  const FolderLock lock(config.out);
  if (!fs::exists(config.out / "metrics.json")) RequireEmptyFolder(config.out, "folder of a benchmark");
  RemoveStaleTemporaries(config.out);
  const Judged judged = Judge(config, context);
  fs::remove(config.out / "run.yaml");
  WriteFiles(config.out, judged);
  context.record.AddCount("predictions", judged.count);
  context.record.AddCount("skipped", static_cast<int64_t>(judged.skipped.size()));
  context.record.Write(config.out);
  std::fputs(FormatForTerminal(judged.report).c_str(), stdout);
  std::fflush(stdout);  // before the message of --strict
  if (config.strict && !judged.skipped.empty())
    throw InputError("{} photographs were skipped (--strict); {} says why", judged.skipped.size(),
                     PathText(config.out / "skipped.csv"));
}

}  // namespace kallos::eval
