#include "lib/measures/evaluation.h"

#include <fmt/format.h>

#include "lib/core/file.h"
#include "lib/core/text.h"

namespace kallos::measures {

Evaluation Evaluate(const LabelledPredictions& labelled, uint64_t seed) {
  const auto& [predictions, validation, temperature, notes] = labelled;
  Evaluation evaluation;
  evaluation.report = MakeReport(predictions, seed);
  evaluation.report.notes.insert(evaluation.report.notes.end(), notes.begin(), notes.end());
  evaluation.predictions_csv = FormatPredictions(predictions);
  evaluation.count = predictions.size();
  std::vector<Correction> corrections;
  if (temperature != 1) corrections.push_back({"without temperature", 1 / temperature});
  const std::vector<Correction> fitted = FitCorrections(validation);
  corrections.insert(corrections.end(), fitted.begin(), fitted.end());
  evaluation.calibration = MeasureCalibration(predictions, corrections, seed);
  if (!fitted.empty()) evaluation.validation = validation.size();
  evaluation.calibration_notes = CalibrationNotes(validation, fitted, predictions);
  return evaluation;
}

Evaluation Evaluate(const std::vector<ScoredPrediction>& scored, uint64_t seed) {
  Evaluation evaluation;
  evaluation.report = MakeScoreReport(scored, seed);
  evaluation.predictions_csv = FormatScoredPredictions(scored);
  evaluation.count = scored.size();
  return evaluation;
}

std::string CalibrationText(const std::vector<Evaluation>& evaluations) {
  std::string text;
  for (const Evaluation& evaluation : evaluations) {
    if (evaluation.calibration.empty()) continue;
    text += evaluations.size() > 1 ? fmt::format("\nCalibration of {}", evaluation.report.model)
                                   : "\nCalibration";
    if (evaluation.validation > 0)
      text += fmt::format(
          " (corrections, with temperature and bias of the log odds, fitted on {} validation rows)",
          FormatCount(evaluation.validation));
    text += "\n\n" + FormatCalibrationMarkdown(evaluation.calibration);
    for (const std::string& note : evaluation.calibration_notes) text += "\n" + note + "\n";
  }
  return text;
}

void PublishEvaluation(const fs::path& folder, const Evaluation& evaluation,
                       const std::vector<Report>& references) {
  std::vector<Report> reports = {evaluation.report};
  reports.insert(reports.end(), references.begin(), references.end());
  PublishBytes(folder / kMetricsFile, FormatMetricsJson(reports));
  PublishBytes(folder / kPredictionsFile, evaluation.predictions_csv);
  PublishBytes(folder / "skipped.csv", evaluation.skipped_csv);
  PublishBytes(folder / "calibration.csv", FormatCalibrationCsv(evaluation.calibration));
  PublishBytes(folder / "reliability.csv", FormatReliabilityCsv(evaluation.calibration));
  PublishBytes(folder / "table.csv", FormatTableCsv(reports));
  PublishBytes(folder / "table.md", FormatMarkdown(reports) + CalibrationText({evaluation}));
}

}  // namespace kallos::measures
