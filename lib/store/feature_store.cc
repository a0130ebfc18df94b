#include "lib/store/feature_store.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/store/hdf5_file.h"
#include "lib/store/store_files.h"

namespace kallos::store {
namespace {

using nlohmann::json;

constexpr int64_t kMaxDimension = 10'000'000;

[[noreturn]] void ThrowIncomplete(const fs::path& folder) {
  const fs::path plan_file = folder / kStorePlan;
  if (!fs::exists(plan_file))
    throw InputError("{}: no feature store here ({} is missing)", PathText(folder), kStoreIndex);
  const json plan = ParseJson(ReadFile(plan_file), PathText(plan_file));
  const int64_t rows = plan.value("manifest_rows", int64_t{0});
  const int64_t per_shard = std::max<int64_t>(1, plan.value("rows_per_shard", int64_t{1}));
  const int64_t shards = (rows + per_shard - 1) / per_shard;
  int64_t present = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    present += name.starts_with("shard-") && name.ends_with(".h5") ? 1 : 0;
  }
  throw InputError("{}: incomplete: {} of {} shards; run the same kallos-extract command again to finish it",
                   PathText(folder), present, shards);
}

StoreInfo InfoOf(const json& index) {
  StoreInfo info;
  info.extractor = index.at("extractor").get<std::string>();
  info.description = index.at("description").get<std::string>();
  info.fingerprint = index.at("fingerprint").get<std::string>();
  info.dimension = index.at("dimension").get<int64_t>();
  info.half = index.at("half").get<bool>();
  info.weights = index.at("weights").get<std::string>();
  for (const json& layer : index.at("layers")) {
    info.layers.push_back(
        {layer.at("name").get<std::string>(), layer.at("offset").get<int64_t>(), layer.at("channels").get<int64_t>()});
  }
  return info;
}

void CheckInfo(const StoreInfo& info, const std::string& file) {
  if (info.fingerprint != Sha256Hex(info.description))
    throw InputError("{}: the fingerprint is not that of the description; the file was altered", file);
  if (info.dimension < 1 || info.dimension > kMaxDimension)
    throw InputError("{}: dimension {} is out of range", file, info.dimension);
}

void RequireFinite(std::span<const float> row, const std::string& id, const std::string& file) {
  for (size_t column = 0; column < row.size(); ++column) {
    if (!std::isfinite(row[column]))
      throw InputError("{}: row '{}', column {}: the feature is {}; extract it again", file, id, column, row[column]);
  }
}

}  // namespace

FeatureStore::FeatureStore(const fs::path& folder) : folder_(folder) {
  const fs::path file = folder / kStoreIndex;
  if (!fs::is_directory(folder)) throw InputError("{}: no such folder; expected a feature store", PathText(folder));
  if (!fs::exists(file)) ThrowIncomplete(folder);
  const std::string text = ReadFile(file);
  content_hash_ = Sha256Hex(text);
  const std::string name = PathText(file);
  const json index = ParseJson(text, name);
  try {
    const int version = index.at("format_version").get<int>();
    if (version != kStoreFormatVersion)
      throw InputError("{}: format version {}, this program reads {}", name, version, kStoreFormatVersion);
    info_ = InfoOf(index);
    CheckInfo(info_, name);
    for (const json& entry : index.at("shards")) {
      shards_.push_back({entry.at("file").get<std::string>(), entry.at("sha256").get<std::string>(),
                         entry.at("rows").get<int64_t>()});
    }
    if (Sha256OfFile(folder / kStoreManifest) != index.at("manifest_sha256").get<std::string>()) {
      throw InputError("{}: altered since the store was finished; give a changed manifest with --manifest instead",
                       PathText(folder / kStoreManifest));
    }
  } catch (const json::exception& error) {
    throw InputError("{}: {}", name, error.what());
  }
  manifest_ = ReadManifest(folder / kStoreManifest, false);
  int64_t total = 0;
  for (const ShardEntry& shard : shards_) total += shard.rows;
  if (total != rows()) throw InputError("{}: its shards hold {} rows, its manifest {}", name, total, rows());
}

void FeatureStore::ReadShard(const ShardEntry& entry, size_t first_row, Matrix<float>& all) const {
  const fs::path path = folder_ / entry.file;
  const std::string file = PathText(path);
  if (!fs::exists(path))
    throw InputError("{}: the shard is missing; remove {} and run kallos-extract again", file, kStoreIndex);
  if (Sha256OfFile(path) != entry.sha256) {
    throw InputError(
        "{}: the shard is damaged or not of this store (its hash differs); remove it and {}, and run kallos-extract "
        "again",
        file, kStoreIndex);
  }
  const Hdf5Reader reader(path);
  const std::vector<std::string> ids = reader.ReadStrings("id");
  const Matrix<float> features = reader.ReadMatrix("features");
  if (static_cast<int64_t>(ids.size()) != entry.rows || features.rows() != ids.size() ||
      static_cast<int64_t>(features.columns()) != info_.dimension) {
    throw InputError("{}: /features is {} x {} with {} ids, expected {} x {}", file, features.rows(),
                     features.columns(), ids.size(), entry.rows, info_.dimension);
  }
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] != manifest_.rows[first_row + i].id)
      throw InputError("{}: row {} is '{}', the manifest has '{}'", file, i, ids[i], manifest_.rows[first_row + i].id);
    RequireFinite(features.Row(i), ids[i], file);
    std::copy(features.Row(i).begin(), features.Row(i).end(), all.Row(first_row + i).begin());
  }
}

Matrix<float> FeatureStore::ReadAll() const {
  Matrix<float> all(manifest_.rows.size(), static_cast<size_t>(info_.dimension));
  std::vector<size_t> first_rows;
  size_t first = 0;
  for (const ShardEntry& shard : shards_) {
    first_rows.push_back(first);
    first += static_cast<size_t>(shard.rows);
  }
  for (size_t i = 0; i < shards_.size(); ++i) ReadShard(shards_[i], first_rows[i], all);
  return all;
}

}  // namespace kallos::store
