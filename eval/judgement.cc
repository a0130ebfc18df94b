#include "eval/judgement.h"

#include "eval/bundle_predictions.h"
#include "eval/scored_predictions.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/text.h"

namespace kallos::eval {
namespace {

Judgement JudgeScores(const fs::path& file, uint64_t seed) {
  const std::vector<ScoredPrediction> predictions = ReadScoredPredictions(file);
  return {MakeScoreReport(predictions, seed),
          FormatScoredPredictions(predictions),
          static_cast<int64_t>(predictions.size()),
          {},
          {}};
}

// The head as it was trained: without the temperature that the bundle carries.
std::vector<Correction> Untempered(const BundlePredictions& found) {
  if (found.temperature == 1) return {};
  return {{"without temperature", 1 / found.temperature}};
}

Judgement JudgeClasses(const BundlePredictions& found, uint64_t seed) {
  Judgement judged{MakeReport(found.predictions, seed),
                   FormatPredictions(found.predictions),
                   static_cast<int64_t>(found.predictions.size()),
                   found.skipped,
                   {}};
  judged.report.notes.insert(judged.report.notes.end(), found.notes.begin(), found.notes.end());
  std::vector<Correction> corrections = Untempered(found);
  const std::vector<Correction> fitted = FitCorrections(found.validation);
  corrections.insert(corrections.end(), fitted.begin(), fitted.end());
  judged.calibration = MeasureCalibration(found.predictions, corrections, seed);
  judged.validation = fitted.empty() ? 0 : static_cast<int64_t>(found.validation.size());
  judged.calibration_notes = CalibrationNotes(found.validation, fitted, found.predictions);
  return judged;
}

BundlePredictions ReadMadeElsewhere(const BenchmarkConfig& config, size_t index, RunRecord& record) {
  BundlePredictions found{ReadPredictions(config.predictions[index]), {}, {}, {}};
  if (config.calibration.empty()) return found;
  const fs::path& file = config.calibration[index];
  record.AddInput(PathText(file), Sha256OfFile(file));
  found.validation = ReadPredictions(file);
  return found;
}

}  // namespace

Judgement Judge(const BenchmarkConfig& config, size_t index, uint64_t seed, RunRecord& record) {
  if (config.predictions.empty()) return JudgeClasses(PredictWithBundle(config, index, record), seed);
  const fs::path& file = config.predictions[index];
  record.AddInput(PathText(file), Sha256OfFile(file));
  if (KindOf(file) == PredictionKind::kClasses) return JudgeClasses(ReadMadeElsewhere(config, index, record), seed);
  if (!config.calibration.empty())
    throw InputError("{}: holds scores, and --calibration is for probabilities of classes", PathText(file));
  return JudgeScores(file, seed);
}

void WriteFiles(const fs::path& folder, const Judgement& judgement, const std::vector<Report>& references) {
  std::vector<Report> reports = {judgement.report};
  reports.insert(reports.end(), references.begin(), references.end());
  PublishBytes(folder / kMetrics, FormatMetricsJson(reports));
  PublishBytes(folder / "predictions.csv", judgement.predictions);
  PublishBytes(folder / "skipped.csv", store::FormatSkippedCsv(judgement.skipped));
  PublishBytes(folder / "calibration.csv", FormatCalibrationCsv(judgement.calibration));
  PublishBytes(folder / "reliability.csv", FormatReliabilityCsv(judgement.calibration));
  PublishBytes(folder / "table.csv", FormatTableCsv(reports));
  PublishBytes(folder / "table.md", FormatMarkdown(reports) + CalibrationText({judgement}));
}

std::string CalibrationText(const std::vector<Judgement>& judgements) {
  std::string text;
  for (const Judgement& judgement : judgements) {
    if (judgement.calibration.empty()) continue;
    text += judgements.size() > 1 ? fmt::format("\nCalibration of {}", judgement.report.model) : "\nCalibration";
    if (judgement.validation > 0)
      text += fmt::format(" (corrections, with temperature and bias of the log odds, fitted on {} validation rows)",
                          FormatCount(judgement.validation));
    text += "\n\n" + FormatCalibrationMarkdown(judgement.calibration);
    for (const std::string& note : judgement.calibration_notes) text += "\n" + note + "\n";
  }
  return text;
}

}  // namespace kallos::eval
