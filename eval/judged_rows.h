// Which rows of a manifest a split means, and as what they are judged.
#pragma once

#include <string>
#include <vector>

#include "lib/measures/predictions.h"
#include "lib/store/manifest.h"

namespace kallos::eval {

// `split` is train, val, test or all; rows of a benchmark count for test and all.
bool IsInSplit(const store::ManifestRow& row, const std::string& split);

// Of a row with a label. Its benchmark is the row's own, else its split.
measures::Prediction PredictionOf(const store::ManifestRow& row, const std::string& split,
                                  double probability);

// Appends what a reader should know of the rows of the split: how many have no label, how many made
// the model.
void NoteRows(const std::vector<store::ManifestRow>& rows, const std::string& split,
              std::vector<std::string>& notes);

}  // namespace kallos::eval
