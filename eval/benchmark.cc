#include "eval/benchmark.h"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <set>

#include "eval/evaluate_model.h"
#include "eval/model_names.h"
#include "eval/reference.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/lock.h"
#include "lib/core/log.h"
#include "lib/core/output_folder.h"

namespace kallos::eval {
namespace {

std::vector<EvaluatedModel> EvaluateAll(const BenchmarkConfig& config, RunContext& context) {
  const std::vector<std::string> names =
      config.names.empty() ? ModelNames(config.models()) : config.names;
  std::vector<EvaluatedModel> models;
  for (size_t i = 0; i < names.size(); ++i) {
    models.push_back(EvaluateModel(config, i, context.seed, context.record));
    measures::Report& report = models.back().evaluation.report;
    report.model = names[i];
    if (report.of_scores != models[0].evaluation.report.of_scores)
      throw InputError("{} holds scores and {} does not; judge them apart",
                       PathText(config.models()[report.of_scores ? i : 0]),
                       PathText(config.models()[report.of_scores ? 0 : i]));
  }
  return models;
}

// Only those that are measured here, whose numbers can stand side by side.
void KeepBenchmarks(const std::vector<EvaluatedModel>& models, measures::Report& published) {
  std::erase_if(published.benchmarks, [&](const auto& benchmark) {
    return std::ranges::none_of(models, [&](const EvaluatedModel& model) {
      const auto& measured = model.evaluation.report.benchmarks;
      return std::ranges::find(measured, benchmark.first,
                               &std::pair<std::string, measures::Measures>::first) !=
             measured.end();
    });
  });
}

struct References {
  std::vector<measures::Report> published;
  bool differ = false;  // the benchmarks of a model are not the published ones
};

// What differs from the published benchmarks becomes a note of every model.
References FindReferences(const BenchmarkConfig& config, std::vector<EvaluatedModel>& models,
                          RunContext& context) {
  if (!config.reference) return {};
  if (models[0].evaluation.report.of_scores)
    throw UsageError("--reference is for verdicts, not for scores");
  context.record.AddInput(PathText(*config.reference), Sha256OfFile(*config.reference));
  const Reference reference = ReadReference(*config.reference, context.seed);
  References found{reference.models};
  std::set<std::string> warned;  // all models see the same photographs, as a rule
  for (EvaluatedModel& model : models) {
    measures::Report& report = model.evaluation.report;
    for (const std::string& fault : CountFaults(reference, report)) {
      if (warned.insert(fault).second) LogWarning("{}", fault);
      report.notes.push_back(fault);
      found.differ = true;
    }
  }
  for (measures::Report& report : found.published) KeepBenchmarks(models, report);
  return found;
}

void PublishSeveral(const BenchmarkConfig& config, const std::vector<measures::Evaluation>& models,
                    const std::vector<measures::Report>& reports, RunContext& context) {
  std::vector<std::string> names;
  for (const measures::Evaluation& model : models) names.push_back(model.report.model);
  const std::vector<std::string> folders = FolderNames(names);
  PublishBytes(config.out / measures::kMetricsFile, measures::FormatMetricsJson(reports));
  for (size_t i = 0; i < folders.size(); ++i) {
    fs::create_directories(config.out / folders[i]);
    fs::remove(config.out / folders[i] / "run.yaml");
    measures::PublishEvaluation(config.out / folders[i], models[i]);
    context.record.Write(config.out / folders[i]);
  }
  PublishBytes(config.out / "table.csv", measures::FormatTableCsv(reports));
  PublishBytes(config.out / "table.md",
               measures::FormatMarkdown(reports) + measures::CalibrationText(models));
}

void RefuseStrictly(const BenchmarkConfig& config, const std::vector<EvaluatedModel>& models,
                    const References& references) {
  for (const EvaluatedModel& model : models) {
    if (!model.skipped.empty())
      throw InputError("{} photographs were skipped (--strict); skipped.csv in {} says why",
                       model.skipped.size(), PathText(config.out));
  }
  if (references.differ)
    throw InputError(
        "the benchmarks are not those of {} (--strict); the notes below the table say where",
        PathText(*config.reference));
}

}  // namespace

void Validate(const BenchmarkConfig& config, Violations& violations) {
  const auto refuse = [&](bool given, const char* flag, const char* why) {
    if (given) violations.push_back(fmt::format("--{} {}", flag, why));
  };
  const bool from_photos = !config.bundle.empty() && config.features.empty();
  if (!config.predictions.empty()) {
    constexpr const char* kWhy = "does not go with --predictions, which hold all that is judged";
    refuse(!config.bundle.empty(), "bundle", kWhy);
    refuse(!config.features.empty(), "features", kWhy);
    refuse(config.manifest.has_value(), "manifest", kWhy);
    refuse(config.split.has_value(), "split", kWhy);
    refuse(config.strict && !config.reference, "strict",
           "with --predictions is for --reference: nothing is skipped");
    if (!config.calibration.empty() && config.calibration.size() != config.predictions.size())
      violations.push_back(fmt::format("--calibration: {} files for {} of --predictions",
                                       config.calibration.size(), config.predictions.size()));
  } else if (config.bundle.empty()) {
    violations.push_back(
        "what to judge is missing: --bundle with --features or --manifest, or --predictions");
  } else if (from_photos && !config.manifest) {
    violations.push_back("--bundle needs its --features, or a --manifest of photographs");
  }
  refuse(!config.calibration.empty() && config.predictions.empty(), "calibration",
         "is for --predictions");
  for (const std::string& fault : NameFaults(config.names, config.models().size()))
    violations.push_back(fault);
  if (std::set(config.models().begin(), config.models().end()).size() != config.models().size())
    violations.push_back("a model is given twice");
  if (from_photos && config.predictions.empty()) return;
  refuse(!config.weights.empty(), "weights",
         "is for photographs: --bundle and --manifest without --features");
  refuse(config.device != "auto", "device",
         "is for photographs: --bundle and --manifest without --features");
}

void RunBenchmark(const BenchmarkConfig& config, RunContext& context) {
  const FolderLock lock(config.out);
  if (!fs::exists(config.out / measures::kMetricsFile))
    RequireEmptyFolder(config.out, "folder of a benchmark");
  RemoveStaleTemporaries(config.out);
  std::vector<EvaluatedModel> models = EvaluateAll(config, context);
  const References references = FindReferences(config, models, context);
  std::vector<measures::Evaluation> evaluations;
  std::vector<measures::Report> reports;
  size_t predictions = 0, skipped = 0;
  for (const EvaluatedModel& model : models) {
    evaluations.push_back(model.evaluation);
    reports.push_back(model.evaluation.report);
    predictions += model.evaluation.count;
    skipped += model.skipped.size();
  }
  std::ranges::copy(references.published, std::back_inserter(reports));
  context.record.AddCount("predictions", predictions);
  context.record.AddCount("skipped", skipped);
  fs::remove(config.out / "run.yaml");
  if (models.size() == 1) {
    measures::PublishEvaluation(config.out, evaluations[0], references.published);
  } else {
    PublishSeveral(config, evaluations, reports, context);
  }
  context.record.Write(config.out);
  std::fputs(measures::FormatForTerminal(reports).c_str(), stdout);
  if (models.size() == 1) std::fputs(measures::CalibrationText(evaluations).c_str(), stdout);
  std::fflush(stdout);  // before the message of --strict
  if (config.strict) RefuseStrictly(config, models, references);
}

}  // namespace kallos::eval
