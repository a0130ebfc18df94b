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
  Matrix<float> features;        // rows x sum of dimensions, or x columns.size()
  std::string content_hash;      // of all the stores together
};

// Joins by id, never by position. Rows that some store lists as skipped are left out, with a
// warning; throws InputError listing the first ten ids that some store lacks otherwise.
// `manifest_path`, when given, replaces the stores' own rows (split, label, score, benchmark); rows
// that it or the stores lack are left out, with their number in the log. `columns`, when given,
// selects columns of the concatenation, in that order.
JoinedFeatures JoinStores(const std::vector<std::filesystem::path>& folders,
                          const std::optional<std::filesystem::path>& manifest_path = {},
                          const std::optional<std::vector<int64_t>>& columns = {});

}  // namespace kallos::store
