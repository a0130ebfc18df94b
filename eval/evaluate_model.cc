#include "eval/evaluate_model.h"

#include "eval/bundle_predictions.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/measures/scored_predictions.h"

namespace kallos::eval {
namespace {

measures::Evaluation EvaluateFile(const BenchmarkConfig& config, size_t index, uint64_t seed,
                                  RunRecord& record) {
  const fs::path& file = config.predictions[index];
  record.AddInput(PathText(file), Sha256OfFile(file));
  if (measures::KindOf(file) == measures::PredictionKind::kClasses) {
    measures::LabelledPredictions labelled;
    labelled.predictions = measures::ReadPredictions(file);
    if (!config.calibration.empty()) {
      const fs::path& calibration = config.calibration[index];
      record.AddInput(PathText(calibration), Sha256OfFile(calibration));
      labelled.validation = measures::ReadPredictions(calibration);
    }
    return measures::Evaluate(labelled, seed);
  }
  if (!config.calibration.empty())
    throw InputError("{}: holds scores, and --calibration is for probabilities of classes",
                     PathText(file));
  return measures::Evaluate(measures::ReadScoredPredictions(file), seed);
}

}  // namespace

EvaluatedModel EvaluateModel(const BenchmarkConfig& config, size_t index, uint64_t seed,
                             RunRecord& record) {
  EvaluatedModel out;
  if (config.predictions.empty()) {
    model::BundlePredictions found = PredictWithBundle(config, index, record);
    out.evaluation = measures::Evaluate(found.labelled, seed);
    out.skipped = std::move(found.skipped);
  } else {
    out.evaluation = EvaluateFile(config, index, seed, record);
  }
  out.evaluation.skipped_csv = store::FormatSkippedCsv(out.skipped);
  return out;
}

}  // namespace kallos::eval
