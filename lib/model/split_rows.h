// The rows of a manifest that a split names, and what a prediction about one is called.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lib/measures/predictions.h"
#include "lib/store/feature_store.h"
#include "lib/store/manifest.h"

namespace kallos::model {

// `split` is train, val, test or all; rows of a benchmark count for test and all.
bool IsInSplit(const store::ManifestRow& row, const std::string& split);

// Of a row with a label. Its benchmark is the row's own, else its split.
measures::Prediction PredictionOf(const store::ManifestRow& row, const std::string& split,
                                  double probability);

// Appends what a reader should know of the rows of the split: how many have no label, how many made
// the model.
void NoteRows(const std::vector<store::ManifestRow>& rows, const std::string& split,
              std::vector<std::string>& notes);

// Labelled rows of the split that are not among `with_features`: those of the manifest, each
// with the reason that the stores give. Without a manifest all that the stores skipped, since those
// do not say of which split they were.
std::vector<store::Skipped> RowsWithoutFeatures(
    const std::vector<std::filesystem::path>& stores,
    const std::optional<std::filesystem::path>& manifest, const std::string& split,
    const store::Manifest& with_features);

}  // namespace kallos::model
