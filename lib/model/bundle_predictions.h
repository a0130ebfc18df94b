// What a bundle says about the rows of a split, with what a reader of its table should know.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lib/measures/evaluation.h"
#include "lib/model/bundle.h"
#include "lib/store/joined.h"

namespace kallos::model {

struct BundlePredictions {
  measures::LabelledPredictions labelled;  // sorted by id: the same from features and photographs
  std::vector<store::Skipped> skipped;     // rows that should count but have no features, by id
};

// What JoinStores was given.
struct FeatureFiles {
  std::vector<std::filesystem::path> stores;
  std::optional<std::filesystem::path> manifest;
};

// Predictions of the labelled rows of `split` (split_rows.h) and, where that is another, of those
// of the split val, which fit corrections of the probabilities. `features` are those of `files`,
// all columns of the bundle's parts. Throws InputError unless they are of the bundle's extractors,
// and when no labelled row is of the split.
BundlePredictions PredictSplit(const Bundle& bundle, const store::JoinedFeatures& features,
                               const FeatureFiles& files, const std::string& split);

// The end of every prediction by a bundle: order by id, the temperature, notes on rows that were
// skipped (called "photographs" + `scope`) and on what of the model was chosen on which rows.
// Throws InputError when there are no predictions.
void Complete(const Bundle& bundle, const std::string& split, const std::string& scope,
              BundlePredictions& predictions);

}  // namespace kallos::model
