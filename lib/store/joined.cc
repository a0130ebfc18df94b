#include "lib/store/joined.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/log.h"
#include "lib/core/text.h"

namespace kallos::store {
namespace {

using Ids = std::set<std::string>;

Ids IdsOf(const Manifest& manifest) {
  Ids ids;
  for (const ManifestRow& row : manifest.rows) ids.insert(row.id);
  return ids;
}

// Throws when `store` lacks an id that another store has and does not say why.
void RequireIds(const Ids& required, const FeatureStore& store) {
  Ids known = IdsOf(store.manifest());
  for (const Skipped& row : store.skipped()) known.insert(row.id);
  std::vector<std::string> missing;
  std::set_difference(required.begin(), required.end(), known.begin(), known.end(),
                      std::back_inserter(missing));
  if (missing.empty()) return;
  const size_t count = missing.size();
  missing.resize(std::min<size_t>(count, 10));
  throw InputError(
      "{} lacks {} ids that another of the stores has: {}{}. Extract all from the same manifest",
      PathText(store.folder()), count, Join(missing, ", "), count > 10 ? ", ..." : "");
}

// Ids with features in all stores.
Ids CommonIds(const std::vector<FeatureStore>& stores) {
  Ids all;
  for (const FeatureStore& store : stores) all.merge(IdsOf(store.manifest()));
  Ids common = all;
  for (const FeatureStore& store : stores) {
    RequireIds(all, store);
    const Ids own = IdsOf(store.manifest());
    std::erase_if(common, [&](const std::string& id) { return !own.contains(id); });
  }
  if (common.size() < all.size())
    LogWarning("{} photographs are left out, since one of the stores skipped them",
               all.size() - common.size());
  return common;
}

Manifest ChosenRows(const std::vector<FeatureStore>& stores,
                    const std::optional<fs::path>& manifest_path) {
  const Ids common = CommonIds(stores);
  Manifest chosen = manifest_path ? ReadManifest(*manifest_path, false) : stores[0].manifest();
  const size_t named = chosen.rows.size();
  std::erase_if(chosen.rows, [&](const ManifestRow& row) { return !common.contains(row.id); });
  if (chosen.rows.empty())
    throw InputError("{}: none of its ids is in {}",
                     PathText(manifest_path.value_or(stores[0].folder())),
                     PathText(stores[0].folder()));
  if (manifest_path && named > chosen.rows.size())
    LogWarning("{}: {} of its rows have no features", PathText(*manifest_path),
               named - chosen.rows.size());
  if (manifest_path && common.size() > chosen.rows.size())
    LogInfo("{} rows with features are not in {}", common.size() - chosen.rows.size(),
            PathText(*manifest_path));
  std::sort(chosen.rows.begin(), chosen.rows.end(),
            [](const ManifestRow& a, const ManifestRow& b) { return a.id < b.id; });
  return chosen;
}

std::vector<int64_t> TargetRows(const Manifest& own, const std::map<std::string, int64_t>& row_of) {
  std::vector<int64_t> targets;
  for (const ManifestRow& row : own.rows) {
    const auto found = row_of.find(row.id);
    targets.push_back(found == row_of.end() ? -1 : found->second);
  }
  return targets;
}

// The selected columns that lie in the store which covers [first, first + dimension)
// of the concatenation.
std::vector<ColumnMove> MovesOf(const std::vector<int64_t>& columns, int64_t first,
                                int64_t dimension) {
  std::vector<ColumnMove> moves;
  for (size_t to = 0; to < columns.size(); ++to) {
    if (columns[to] >= first && columns[to] < first + dimension)
      moves.push_back({static_cast<size_t>(columns[to] - first), to});
  }
  return moves;
}

std::vector<int64_t> ChosenColumns(const std::optional<std::vector<int64_t>>& columns,
                                   int64_t total) {
  std::vector<int64_t> chosen(columns ? 0 : total);
  std::iota(chosen.begin(), chosen.end(), int64_t{0});
  if (!columns) return chosen;
  for (const int64_t column : *columns) {
    if (column < 0 || column >= total)
      throw InputError("column {} was selected, but the stores together have columns 0 to {}",
                       column, total - 1);
  }
  return *columns;
}

}  // namespace

JoinedFeatures JoinStores(const std::vector<fs::path>& folders,
                          const std::optional<fs::path>& manifest_path,
                          const std::optional<std::vector<int64_t>>& columns) {
  KALLOS_CHECK(!folders.empty());
  std::vector<FeatureStore> stores;
  int64_t total = 0;
  std::string hashes;
  for (const fs::path& folder : folders) {
    stores.emplace_back(folder);
    for (size_t i = 0; i + 1 < stores.size(); ++i) {
      if (stores[i].content_hash() == stores.back().content_hash())
        throw InputError("{} and {} are the same store; give each once", PathText(folders[i]),
                         PathText(folder));
    }
    total += stores.back().info().dimension;
    hashes += stores.back().content_hash();
  }
  JoinedFeatures joined;
  joined.manifest = ChosenRows(stores, manifest_path);
  joined.content_hash =
      Sha256Hex(hashes + FormatManifest(joined.manifest, joined.manifest.folder / "m"));
  const std::vector<int64_t> chosen = ChosenColumns(columns, total);
  joined.features = Matrix<float>(joined.manifest.rows.size(), chosen.size());
  std::map<std::string, int64_t> row_of;
  for (size_t i = 0; i < joined.manifest.rows.size(); ++i) row_of[joined.manifest.rows[i].id] = i;
  int64_t first = 0;
  for (const FeatureStore& store : stores) {
    const int64_t dimension = store.info().dimension;
    store.ReadInto(TargetRows(store.manifest(), row_of), MovesOf(chosen, first, dimension),
                   joined.features);
    joined.parts.push_back(store.info());
    first += dimension;
  }
  return joined;
}

}  // namespace kallos::store
