#include "lib/model/split_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "lib/core/text.h"

namespace kallos::model {

using store::ManifestRow;

bool IsInSplit(const ManifestRow& row, const std::string& split) {
  if (split == "all" || row.split == split) return true;
  return split == "test" && !row.benchmark.empty();
}

measures::Prediction PredictionOf(const ManifestRow& row, const std::string& split,
                                  double probability) {
  const std::string fallback = split == "all" && !row.split.empty() ? row.split : split;
  return {row.id, row.benchmark.empty() ? fallback : row.benchmark, *row.label, probability,
          row.group};
}

void NoteRows(const std::vector<ManifestRow>& rows, const std::string& split,
              std::vector<std::string>& notes) {
  int64_t unlabelled = 0, trained = 0;
  for (const ManifestRow& row : rows) {
    if (!IsInSplit(row, split)) continue;
    if (!row.label) ++unlabelled;
    if (row.label && row.benchmark.empty() && (row.split == "train" || row.split == "val"))
      ++trained;
  }
  if (unlabelled > 0) {
    notes.push_back(fmt::format("{} rows without a label do not count.", FormatCount(unlabelled)));
  }
  if (trained > 0) {
    notes.push_back(
        fmt::format("{} rows are of the splits train and val, which made the model: what it says "
                    "about them says little about new photographs.",
                    FormatCount(trained)));
  }
}

std::vector<store::Skipped> RowsWithoutFeatures(
    const std::vector<std::filesystem::path>& stores,
    const std::optional<std::filesystem::path>& manifest, const std::string& split,
    const store::Manifest& with_features) {
  std::map<std::string, store::Skipped> in_stores;
  for (const std::filesystem::path& folder : stores) {
    const store::FeatureStore opened(folder);
    for (const store::Skipped& row : opened.skipped()) in_stores.emplace(row.id, row);
  }
  std::vector<store::Skipped> out;
  if (!manifest) {
    for (const auto& [id, row] : in_stores) out.push_back(row);
    return out;
  }
  std::set<std::string> present;
  for (const ManifestRow& row : with_features.rows) present.insert(row.id);
  for (const ManifestRow& row : store::ReadManifest(*manifest, false).rows) {
    if (!row.label || !IsInSplit(row, split) || present.contains(row.id)) continue;
    const auto known = in_stores.find(row.id);
    out.push_back({row.id, row.path,
                   known == in_stores.end() ? "not in the feature stores" : known->second.reason});
  }
  return out;
}

}  // namespace kallos::model
