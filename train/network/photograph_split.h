// Which photographs a network learns from, and which ones choose its best epoch.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "lib/store/manifest.h"

namespace kallos::train {

struct PhotographSplit {
  std::vector<size_t> train_rows, validation_rows;  // ascending
};

// Test and benchmark rows are never looked at.
bool MayLearnFrom(const store::ManifestRow& row, bool label_required);

// The rows of a manifest with a label that may be learnt from, by id. Throws InputError where there
// is none.
store::Manifest LabelledPhotographs(const std::filesystem::path& manifest);

// Gives each row without a hash that of its file, where that can be read.
void FillHashes(store::Manifest& photographs);

// What a training learns from: id, label, split and content of each photograph, not where it lies.
// As one hash.
std::string ContentOf(const store::Manifest& photographs);

// Rows of split 'train' or without a split train, 'val' validates, or, where no row says so, a part
// of the training rows. All rows may be learnt from. Throws InputError where fewer than two rows
// train or none validates.
PhotographSplit Divide(const store::Manifest& photographs, double inner_validation, uint64_t seed);

}  // namespace kallos::train
