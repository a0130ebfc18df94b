#include "lib/model/bundle_predictions.h"

#include <algorithm>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/model/split_rows.h"

namespace kallos::model {
namespace {

void NoteTuning(const Bundle& bundle, std::vector<std::string>& notes) {
  notes.push_back(fmt::format(
      "Tuned on its validation rows: the epoch, and the temperature {:.3g} of the probabilities.",
      bundle.temperature));
  if (bundle.selection.empty()) return;
  const std::string columns = FormatCount(static_cast<int64_t>(bundle.selection.size()));
  if (bundle.selected_on == "test") {
    notes.push_back(
        fmt::format("SELECTED ON TEST: its {} columns were chosen by their fitness on test rows, "
                    "so what it reaches on them is no estimate for new photographs.",
                    columns));
  } else {
    notes.push_back(fmt::format("Its {} columns were selected on: {}.", columns,
                                bundle.selected_on.empty() ? "not known" : bundle.selected_on));
  }
}

}  // namespace

void Complete(const Bundle& bundle, const std::string& split, const std::string& scope,
              BundlePredictions& predictions) {
  auto& [labelled, skipped] = predictions;
  if (labelled.predictions.empty())
    throw InputError(
        "no labelled row of split '{}'; see the columns split, benchmark and label of the manifest",
        split);
  if (!skipped.empty())
    labelled.notes.push_back(
        fmt::format("{} photographs{} gave no features and do not count: skipped.csv says why.",
                    FormatCount(static_cast<int64_t>(skipped.size())), scope));
  NoteTuning(bundle, labelled.notes);
  labelled.temperature = bundle.temperature;
  std::ranges::sort(labelled.predictions, {}, &measures::Prediction::id);
  std::ranges::sort(skipped, {}, &store::Skipped::id);
}

BundlePredictions PredictSplit(const Bundle& bundle, const store::JoinedFeatures& features,
                               const FeatureFiles& files, const std::string& split) {
  RequireSameExtractors(bundle, features.parts);
  const std::vector<double> probabilities = Predict(bundle, features.features);
  BundlePredictions out;
  for (size_t i = 0; i < probabilities.size(); ++i) {
    const store::ManifestRow& row = features.manifest.rows[i];
    if (!row.label) continue;
    if (IsInSplit(row, split)) {
      out.labelled.predictions.push_back(PredictionOf(row, split, probabilities[i]));
    } else if (row.split == "val" && row.benchmark.empty()) {
      out.labelled.validation.push_back(PredictionOf(row, "val", probabilities[i]));
    }
  }
  out.skipped = RowsWithoutFeatures(files.stores, files.manifest, split, features.manifest);
  NoteRows(features.manifest.rows, split, out.labelled.notes);
  Complete(bundle, split, files.manifest ? "" : " (of any split)", out);
  return out;
}

}  // namespace kallos::model
