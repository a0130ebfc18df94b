#include "lib/store/joined.h"

#include <algorithm>
#include <map>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/text.h"

namespace kallos::store {
namespace {

using RowOfId = std::map<std::string, size_t>;

RowOfId IndexOf(const Manifest& manifest) {
  RowOfId index;
  for (size_t i = 0; i < manifest.rows.size(); ++i) index[manifest.rows[i].id] = i;
  return index;
}

void RequireSameIds(const RowOfId& first, const RowOfId& other, const std::string& first_name,
                    const std::string& other_name) {
  std::vector<std::string> missing;
  for (const auto& [id, row] : first) {
    if (!other.contains(id)) missing.push_back(id);
  }
  if (missing.empty()) return;
  const size_t count = missing.size();
  missing.resize(std::min<size_t>(count, 10));
  throw InputError("{} lacks {} ids that {} has: {}{}. Extract both from the same manifest", other_name, count,
                   first_name, Join(missing, ", "), count > 10 ? ", ..." : "");
}

Manifest ChosenRows(const Manifest& own, const std::optional<fs::path>& manifest_path) {
  Manifest chosen = manifest_path ? ReadManifest(*manifest_path, false) : own;
  const RowOfId known = IndexOf(own);
  if (manifest_path) {
    std::erase_if(chosen.rows, [&](const ManifestRow& row) { return !known.contains(row.id); });
    if (chosen.rows.empty()) throw InputError("{}: none of its ids is in the feature store", PathText(*manifest_path));
  }
  std::sort(chosen.rows.begin(), chosen.rows.end(),
            [](const ManifestRow& a, const ManifestRow& b) { return a.id < b.id; });
  return chosen;
}

}  // namespace

JoinedFeatures JoinStores(const std::vector<fs::path>& folders, const std::optional<fs::path>& manifest_path) {
  KALLOS_CHECK(!folders.empty());
  std::vector<FeatureStore> stores;
  std::vector<RowOfId> indices;
  size_t columns = 0;
  std::string hashes;
  for (const fs::path& folder : folders) {
    stores.emplace_back(folder);
    indices.push_back(IndexOf(stores.back().manifest()));
    columns += static_cast<size_t>(stores.back().info().dimension);
    hashes += stores.back().content_hash();
    RequireSameIds(indices[0], indices.back(), PathText(folders[0]), PathText(folder));
    RequireSameIds(indices.back(), indices[0], PathText(folder), PathText(folders[0]));
  }
  JoinedFeatures joined;
  joined.manifest = ChosenRows(stores[0].manifest(), manifest_path);
  joined.content_hash = Sha256Hex(hashes + FormatManifest(joined.manifest, joined.manifest.folder / "m"));
  joined.features = Matrix<float>(joined.manifest.rows.size(), columns);
  size_t offset = 0;
  for (size_t s = 0; s < stores.size(); ++s) {
    const Matrix<float> features = stores[s].ReadAll();
    for (size_t i = 0; i < joined.manifest.rows.size(); ++i) {
      const auto row = features.Row(indices[s].at(joined.manifest.rows[i].id));
      std::copy(row.begin(), row.end(), joined.features.Row(i).begin() + static_cast<ptrdiff_t>(offset));
    }
    offset += features.columns();
    joined.parts.push_back(stores[s].info());
  }
  return joined;
}

}  // namespace kallos::store
