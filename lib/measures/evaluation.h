// The evaluation of one model: its table with the calibration below, and the files of both. What
// kallos-eval benchmark and kallos-ga run write of a model comes from here.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "lib/measures/predictions.h"
#include "lib/measures/probability_calibration.h"
#include "lib/measures/results.h"

namespace kallos::measures {

// What a model says about photographs whose class is known.
struct LabelledPredictions {
  std::vector<Prediction> predictions;
  std::vector<Prediction> validation;  // of rows on which corrections are fitted; may be none
  double temperature = 1;              // by which the model has divided its logits
  std::vector<std::string> notes;      // sentences for below the table
};

struct Evaluation {
  Report report;
  std::string predictions_csv;
  size_t count = 0;         // of predictions
  std::string skipped_csv;  // photographs that gave no features: store::FormatSkippedCsv
  std::vector<CalibrationRow> calibration;  // empty for scores
  size_t validation = 0;                    // rows that corrections were fitted on
  std::vector<std::string> calibration_notes;
};

// Of verdicts: MakeReport, and MeasureCalibration as it is, without the model's temperature where
// it has one, and after each of FitCorrections. `seed` draws the bootstrap replicates.
Evaluation Evaluate(const LabelledPredictions& labelled, uint64_t seed);
// Of scores: MakeScoreReport.
Evaluation Evaluate(const std::vector<ScoredPrediction>& scored, uint64_t seed);

// The calibration of one model or several, in Markdown; "" of scores.
std::string CalibrationText(const std::vector<Evaluation>& evaluations);

inline constexpr const char* kMetricsFile = "metrics.json";
inline constexpr const char* kPredictionsFile = "predictions.csv";

// folder/metrics.json first, by which an interrupted run knows its own folder; then
// predictions.csv, skipped.csv, calibration.csv, reliability.csv, table.csv and table.md. The
// tables show the published `references` beside the model.
void PublishEvaluation(const std::filesystem::path& folder, const Evaluation& evaluation,
                       const std::vector<Report>& references = {});

}  // namespace kallos::measures
