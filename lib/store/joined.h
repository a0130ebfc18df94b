// Several feature stores of the same photographs, joined by id.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lib/core/matrix.h"
#include "lib/store/feature_store.h"

namespace kallos::store {

struct JoinedFeatures {
  std::vector<StoreInfo> parts;  // in the order given; columns are concatenated in that order
  Manifest manifest;             // row-aligned with `features`, sorted by id
  Matrix<float> features;        // rows x sum of dimensions
  std::string content_hash;      // of all the stores together
};

// Joins by id, never by position. Throws InputError listing the first ten ids that some store lacks. `manifest_path`,
// when given, replaces split, label, score and benchmark of the stores' own rows; ids it lacks are dropped.
JoinedFeatures JoinStores(const std::vector<std::filesystem::path>& folders,
                          const std::optional<std::filesystem::path>& manifest_path = {});

}  // namespace kallos::store
