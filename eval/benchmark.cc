#include "eval/benchmark.h"

#include <algorithm>
#include <cstdio>
#include <set>

#include "eval/judgement.h"
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

std::vector<Judgement> JudgeAll(const BenchmarkConfig& config, RunContext& context) {
  const std::vector<std::string> names =
      config.names.empty() ? ModelNames(config.models()) : config.names;
  std::vector<Judgement> judgements;
  for (size_t i = 0; i < names.size(); ++i) {
    judgements.push_back(Judge(config, i, context.seed, context.record));
    judgements.back().report.model = names[i];
    if (judgements[i].report.of_scores != judgements[0].report.of_scores)
      throw InputError("{} holds scores and {} does not; judge them apart",
                       PathText(config.models()[judgements[i].report.of_scores ? i : 0]),
                       PathText(config.models()[judgements[i].report.of_scores ? 0 : i]));
  }
  return judgements;
}

// Only those that are measured here, whose numbers can stand side by side.
void KeepBenchmarks(const std::vector<Judgement>& judgements, measures::Report& published) {
  std::erase_if(published.benchmarks, [&](const auto& benchmark) {
    return std::ranges::none_of(judgements, [&](const Judgement& judgement) {
      return std::ranges::find(judgement.report.benchmarks, benchmark.first,
                               &std::pair<std::string, measures::Measures>::first) !=
             judgement.report.benchmarks.end();
    });
  });
}

// Published reports; what differs from them becomes a note of every judgement.
std::vector<measures::Report> References(const BenchmarkConfig& config,
                                         std::vector<Judgement>& judgements, RunContext& context) {
  if (!config.reference) return {};
  if (judgements[0].report.of_scores)
    throw UsageError("--reference is for verdicts, not for scores");
  context.record.AddInput(PathText(*config.reference), Sha256OfFile(*config.reference));
  const Reference reference = ReadReference(*config.reference, context.seed);
  std::set<std::string> warned;  // all models are judged on the same photographs, as a rule
  for (Judgement& judgement : judgements) {
    for (const std::string& fault : CountFaults(reference, judgement.report)) {
      if (warned.insert(fault).second) LogWarning("{}", fault);
      judgement.report.notes.push_back(fault);
      judgement.differs = true;
    }
  }
  std::vector<measures::Report> published = reference.models;
  for (measures::Report& report : published) KeepBenchmarks(judgements, report);
  return published;
}

void WriteOfSeveral(const BenchmarkConfig& config, const std::vector<Judgement>& judgements,
                    const std::vector<measures::Report>& reports, RunContext& context) {
  std::vector<std::string> names;
  for (const Judgement& judgement : judgements) names.push_back(judgement.report.model);
  const std::vector<std::string> folders = FolderNames(names);
  PublishBytes(config.out / kMetrics, measures::FormatMetricsJson(reports));
  for (size_t i = 0; i < folders.size(); ++i) {
    fs::create_directories(config.out / folders[i]);
    fs::remove(config.out / folders[i] / "run.yaml");
    WriteFiles(config.out / folders[i], judgements[i], {});
    context.record.Write(config.out / folders[i]);
  }
  PublishBytes(config.out / "table.csv", measures::FormatTableCsv(reports));
  PublishBytes(config.out / "table.md",
               measures::FormatMarkdown(reports) + CalibrationText(judgements));
}

void RefuseStrictly(const BenchmarkConfig& config, const std::vector<Judgement>& judgements) {
  for (const Judgement& judgement : judgements) {
    if (!judgement.skipped.empty())
      throw InputError("{} photographs were skipped (--strict); skipped.csv in {} says why",
                       judgement.skipped.size(), PathText(config.out));
    if (judgement.differs)
      throw InputError(
          "the benchmarks are not those of {} (--strict); the notes below the table say where",
          PathText(*config.reference));
  }
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
  if (!fs::exists(config.out / kMetrics)) RequireEmptyFolder(config.out, "folder of a benchmark");
  RemoveStaleTemporaries(config.out);
  std::vector<Judgement> judgements = JudgeAll(config, context);
  const std::vector<measures::Report> references = References(config, judgements, context);
  std::vector<measures::Report> reports;
  int64_t predictions = 0, skipped = 0;
  for (const Judgement& judgement : judgements) {
    reports.push_back(judgement.report);
    predictions += judgement.count;
    skipped += static_cast<int64_t>(judgement.skipped.size());
  }
  reports.insert(reports.end(), references.begin(), references.end());
  context.record.AddCount("predictions", predictions);
  context.record.AddCount("skipped", skipped);
  fs::remove(config.out / "run.yaml");
  if (judgements.size() == 1) {
    WriteFiles(config.out, judgements[0], references);
  } else {
    WriteOfSeveral(config, judgements, reports, context);
  }
  context.record.Write(config.out);
  std::fputs(measures::FormatForTerminal(reports).c_str(), stdout);
  if (judgements.size() == 1) std::fputs(CalibrationText(judgements).c_str(), stdout);
  std::fflush(stdout);  // before the message of --strict
  if (config.strict) RefuseStrictly(config, judgements);
}

}  // namespace kallos::eval
