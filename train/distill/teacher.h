// What a teacher knows about the photographs that a student learns from.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lib/core/matrix.h"
#include "lib/model/bundle.h"
#include "lib/store/manifest.h"

namespace kallos::train {

struct TeacherSource {
  std::filesystem::path bundle;
  // The stores that the bundle was trained on, or their like.
  std::vector<std::filesystem::path> features;
  std::optional<std::filesystem::path> manifest;  // replaces the stores' own rows
  double inner_validation = 0.15;
  bool labels_required = false;  // leaves out photographs without one
};

struct Teaching {
  model::Bundle teacher;
  // Sorted by id; `path` and `sha256` say where each lies and what it must hold.
  store::Manifest photographs;
  // Photographs x inputs of the teacher's head: reduced, selected, standardised.
  Matrix<float> targets;
  Matrix<float> logits;                             // photographs x 2, of the teacher's head
  std::vector<size_t> train_rows, validation_rows;  // of the photographs, ascending
  std::string content_hash;                         // of bundle, targets and photographs
};

// Rows of split 'train' or without a split train, 'val' validates, or, where no row says so, a part
// of the training rows; test and benchmark rows are never looked at. Photographs need no label
// unless that is asked for. Throws InputError for stores of other extractors than the bundle's, for
// rows without a photograph, for a photograph whose hash in the manifest is not that in the stores,
// and where fewer than two rows train or none validates.
Teaching AskTeacher(const TeacherSource& source, uint64_t seed);

}  // namespace kallos::train
