// search.json: what a run searches, published before its first evaluation.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "ga/evolution/genome.h"
#include "ga/evolution/settings.h"

namespace kallos::ga {

// Columns that stand side by side and come from the same layer.
struct LayerColumns {
  std::string extractor;
  std::string layer;    // "pca" for components; "" where the store does not know
  int64_t columns = 0;  // 1 or more

  bool operator==(const LayerColumns&) const = default;
};

struct SearchFile {
  std::string key;  // the checkpoint's (SearchSettings::key)
  uint64_t seed = 0;
  Settings settings;        // also what ends the search
  std::string selected_on;  // rows that fitness is measured on: val, folds or test
  std::string metric;
  std::vector<std::string> features;  // the fingerprint of each store: what its columns mean
  std::vector<LayerColumns> layers;   // all columns, in order

  int64_t columns() const;
  Space space() const { return {columns(), settings.select}; }
};

inline constexpr const char* kSearchFile = "search.json";
inline constexpr const char* kResultFile = "result.json";  // of the run's end

void WriteSearchFile(const std::filesystem::path& file, const SearchFile& search);
// Throws InputError naming the file: missing, damaged, or of another format version.
SearchFile ReadSearchFile(const std::filesystem::path& file);

}  // namespace kallos::ga
