#include "eval/judgement.h"

#include "eval/bundle_predictions.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/text.h"
#include "lib/measures/scored_predictions.h"

namespace kallos::eval {
namespace {

Judgement JudgeScores(const fs::path& file, uint64_t seed) {
  const std::vector<measures::ScoredPrediction> predictions = measures::ReadScoredPredictions(file);
  return {measures::MakeScoreReport(predictions, seed),
          measures::FormatScoredPredictions(predictions),
          static_cast<int64_t>(predictions.size()),
          {},
          {}};
}

// The head as it was trained: without the temperature that the bundle carries.
std::vector<measures::Correction> Untempered(const BundlePredictions& found) {
  if (found.temperature == 1) return {};
  return {{"without temperature", 1 / found.temperature}};
}

Judgement JudgeClasses(const BundlePredictions& found, uint64_t seed) {
  Judgement judged{measures::MakeReport(found.predictions, seed),
                   measures::FormatPredictions(found.predictions),
                   static_cast<int64_t>(found.predictions.size()),
                   found.skipped,
                   {}};
  judged.report.notes.insert(judged.report.notes.end(), found.notes.begin(), found.notes.end());
  std::vector<measures::Correction> corrections = Untempered(found);
  const std::vector<measures::Correction> fitted = measures::FitCorrections(found.validation);
  corrections.insert(corrections.end(), fitted.begin(), fitted.end());
  judged.calibration = measures::MeasureCalibration(found.predictions, corrections, seed);
  judged.validation = fitted.empty() ? 0 : static_cast<int64_t>(found.validation.size());
  judged.calibration_notes =
      measures::CalibrationNotes(found.validation, fitted, found.predictions);
  return judged;
}

BundlePredictions ReadMadeElsewhere(const BenchmarkConfig& config, size_t index,
                                    RunRecord& record) {
  BundlePredictions found{measures::ReadPredictions(config.predictions[index]), {}, {}, {}};
  if (config.calibration.empty()) return found;
  const fs::path& file = config.calibration[index];
  record.AddInput(PathText(file), Sha256OfFile(file));
  found.validation = measures::ReadPredictions(file);
  return found;
}

}  // namespace

Judgement Judge(const BenchmarkConfig& config, size_t index, uint64_t seed, RunRecord& record) {
  if (config.predictions.empty())
    return JudgeClasses(PredictWithBundle(config, index, record), seed);
  const fs::path& file = config.predictions[index];
  record.AddInput(PathText(file), Sha256OfFile(file));
  if (measures::KindOf(file) == measures::PredictionKind::kClasses)
    return JudgeClasses(ReadMadeElsewhere(config, index, record), seed);
  if (!config.calibration.empty())
    throw InputError("{}: holds scores, and --calibration is for probabilities of classes",
                     PathText(file));
  return JudgeScores(file, seed);
}

void WriteFiles(const fs::path& folder, const Judgement& judgement,
                const std::vector<measures::Report>& references) {
  std::vector<measures::Report> reports = {judgement.report};
  reports.insert(reports.end(), references.begin(), references.end());
  PublishBytes(folder / kMetrics, measures::FormatMetricsJson(reports));
  PublishBytes(folder / "predictions.csv", judgement.predictions);
  PublishBytes(folder / "skipped.csv", store::FormatSkippedCsv(judgement.skipped));
  PublishBytes(folder / "calibration.csv", measures::FormatCalibrationCsv(judgement.calibration));
  PublishBytes(folder / "reliability.csv", measures::FormatReliabilityCsv(judgement.calibration));
  PublishBytes(folder / "table.csv", measures::FormatTableCsv(reports));
  PublishBytes(folder / "table.md",
               measures::FormatMarkdown(reports) + CalibrationText({judgement}));
}

std::string CalibrationText(const std::vector<Judgement>& judgements) {
  std::string text;
  for (const Judgement& judgement : judgements) {
    if (judgement.calibration.empty()) continue;
    text += judgements.size() > 1 ? fmt::format("\nCalibration of {}", judgement.report.model)
                                  : "\nCalibration";
    if (judgement.validation > 0)
      text += fmt::format(
          " (corrections, with temperature and bias of the log odds, fitted on {} validation rows)",
          FormatCount(judgement.validation));
    text += "\n\n" + measures::FormatCalibrationMarkdown(judgement.calibration);
    for (const std::string& note : judgement.calibration_notes) text += "\n" + note + "\n";
  }
  return text;
}

}  // namespace kallos::eval
