#include <nlohmann/json.hpp>

#include "lib/core/csv.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/store/feature_store.h"
#include "lib/store/hdf5_file.h"
#include "lib/store/store_files.h"

namespace kallos::store {
namespace {

using nlohmann::json;

json PlanOf(const StoreInfo& info, const Manifest& manifest, int64_t rows_per_shard, const fs::path& folder) {
  return {{"format_version", kStoreFormatVersion},
          {"extractor", info.extractor},
          {"description", info.description},
          {"fingerprint", info.fingerprint},
          {"dimension", info.dimension},
          {"half", info.half},
          {"rows_per_shard", rows_per_shard},
          {"manifest_rows", manifest.rows.size()},
          {"manifest_sha256", Sha256Hex(FormatManifest(manifest, folder / kStoreManifest))}};
}

void RequireSamePlan(const json& wanted, const fs::path& file) {
  const json found = ParseJson(ReadFile(file), PathText(file));
  for (const auto& [key, value] : wanted.items()) {
    if (found.contains(key) && found[key] == value) continue;
    throw InputError(
        "{}: this store was begun with another {}: {} there, {} now. Use --fresh to start over or another --out",
        PathText(file.parent_path()), key, found.value(key, json()).dump(), value.dump());
  }
}

void RemoveStore(const fs::path& folder) {
  std::error_code ignored;
  fs::remove(folder / kStoreIndex, ignored);  // first: without it the rest is no store
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name == kStorePlan || name == kStoreManifest || name == kStoreSkipped || name.starts_with("shard-"))
      files.push_back(entry.path());
  }
  for (const fs::path& file : files) fs::remove(file, ignored);
}

CsvTable SkippedTable(const std::vector<Skipped>& skipped) {
  CsvTable table{{"id", "path", "reason"}, {}, {}};
  for (const Skipped& row : skipped) table.rows.push_back({row.id, row.path, row.reason});
  return table;
}

json LayersJson(const std::vector<Layer>& layers) {
  json out = json::array();
  for (const Layer& layer : layers)
    out.push_back({{"name", layer.name}, {"offset", layer.offset}, {"channels", layer.channels}});
  return out;
}

}  // namespace

StoreWriter::StoreWriter(const fs::path& folder, StoreInfo info, const Manifest& manifest, int64_t rows_per_shard,
                         const std::string& lock_name, bool fresh)
    : folder_(folder),
      info_(std::move(info)),
      manifest_(manifest),
      rows_per_shard_(rows_per_shard),
      lock_(folder, lock_name) {
  KALLOS_CHECK(rows_per_shard_ > 0);
  if (fresh) RemoveStore(folder_);
  const json plan = PlanOf(info_, manifest_, rows_per_shard_, folder_);
  if (fs::exists(folder_ / kStorePlan)) {
    RequireSamePlan(plan, folder_ / kStorePlan);
  } else {
    PublishBytes(folder_ / kStorePlan, plan.dump(1) + "\n");
  }
  if (lock_name == ".lock") RemoveStaleTemporaries(folder_);
}

int64_t StoreWriter::shard_count() const {
  return (static_cast<int64_t>(manifest_.rows.size()) - 1) / rows_per_shard_ + 1;
}

fs::path StoreWriter::ShardPath(int64_t shard) const {
  return folder_ / ShardName(shard);
}

std::pair<int64_t, int64_t> StoreWriter::RowsOfShard(int64_t shard) const {
  const auto rows = static_cast<int64_t>(manifest_.rows.size());
  return {shard * rows_per_shard_, std::min(rows, (shard + 1) * rows_per_shard_)};
}

bool StoreWriter::IsFinished() const {
  return fs::exists(folder_ / kStoreIndex);
}

// A shard carries its final name only when it is whole, so that opening it and comparing its origin is enough here;
// FinishIfComplete and the reader check content.
bool StoreWriter::HasShard(int64_t shard) const {
  if (!fs::exists(ShardPath(shard))) return false;
  const Hdf5Reader file(ShardPath(shard));
  if (file.ReadAttribute("fingerprint") == info_.fingerprint && file.ReadAttribute("shard") == std::to_string(shard))
    return true;
  throw InputError("{}: this shard belongs to another store or place; remove it and run again",
                   PathText(ShardPath(shard)));
}

void StoreWriter::WriteShard(int64_t shard, const Shard& content) const {
  KALLOS_CHECK(content.ids.size() == content.features.rows() && content.ids.size() == content.labels.size());
  KALLOS_CHECK(content.ids.empty() || static_cast<int64_t>(content.features.columns()) == info_.dimension);
  std::vector<std::string> ids, paths, reasons;
  for (const Skipped& row : content.skipped) {
    ids.push_back(row.id);
    paths.push_back(row.path);
    reasons.push_back(row.reason);
  }
  PublishFile(ShardPath(shard), [&](const fs::path& temporary) {
    Hdf5Writer file(temporary);
    file.WriteAttribute("extractor", info_.extractor);
    file.WriteAttribute("fingerprint", info_.fingerprint);
    file.WriteAttribute("format_version", std::to_string(kStoreFormatVersion));
    file.WriteAttribute("shard", std::to_string(shard));
    const MatrixView<const float> features{content.features.data(), content.ids.size(),
                                           static_cast<size_t>(info_.dimension)};
    file.WriteMatrix("features", features, info_.half);
    file.WriteStrings("id", content.ids);
    file.WriteInt8("label", content.labels);
    file.WriteStrings("skipped_id", ids);
    file.WriteStrings("skipped_path", paths);
    file.WriteStrings("skipped_reason", reasons);
    file.Close();
    const Hdf5Reader check(temporary);
    if (check.ReadStrings("id") != content.ids)
      throw EnvironmentError("{}: does not read back what was written", PathText(temporary));
  });
}

bool StoreWriter::FinishIfComplete() const {
  for (int64_t shard = 0; shard < shard_count(); ++shard) {
    if (!HasShard(shard)) return false;
  }
  Manifest kept = manifest_;
  kept.rows.clear();
  std::vector<Skipped> skipped;
  json entries = json::array();
  for (int64_t shard = 0; shard < shard_count(); ++shard) {
    const Hdf5Reader file(ShardPath(shard));
    const std::vector<std::string> ids = file.ReadStrings("id");
    const auto [first, last] = RowsOfShard(shard);
    size_t next = 0;
    for (int64_t row = first; row < last && next < ids.size(); ++row) {
      if (manifest_.rows[static_cast<size_t>(row)].id != ids[next]) continue;
      kept.rows.push_back(manifest_.rows[static_cast<size_t>(row)]);
      ++next;
    }
    if (next != ids.size())
      throw InputError("{}: holds id '{}', which the manifest does not have there", PathText(ShardPath(shard)),
                       ids[next]);
    const auto skipped_ids = file.ReadStrings("skipped_id");
    const auto paths = file.ReadStrings("skipped_path");
    const auto reasons = file.ReadStrings("skipped_reason");
    for (size_t i = 0; i < skipped_ids.size(); ++i) skipped.push_back({skipped_ids[i], paths.at(i), reasons.at(i)});
    entries.push_back({{"file", ShardName(shard)},
                       {"sha256", Sha256OfFile(ShardPath(shard))},
                       {"rows", ids.size()},
                       {"manifest_first", first},
                       {"manifest_last", last}});
  }
  if (kept.rows.empty()) {
    throw InputError("{}: not one of {} photographs gave features; the first reason: {}", PathText(folder_),
                     skipped.size(), skipped.empty() ? "" : skipped[0].path + ": " + skipped[0].reason);
  }
  WriteCsv(folder_ / kStoreSkipped, SkippedTable(skipped));
  WriteManifest(folder_ / kStoreManifest, kept);
  CrashPoint("before_manifest");
  const json index = {{"format_version", kStoreFormatVersion},
                      {"extractor", info_.extractor},
                      {"description", info_.description},
                      {"fingerprint", info_.fingerprint},
                      {"dimension", info_.dimension},
                      {"half", info_.half},
                      {"weights", info_.weights},
                      {"layers", LayersJson(info_.layers)},
                      {"rows", kept.rows.size()},
                      {"skipped", skipped.size()},
                      {"shards", entries},
                      {"manifest_sha256", Sha256OfFile(folder_ / kStoreManifest)}};
  PublishBytes(folder_ / kStoreIndex, index.dump(1) + "\n");
  return true;
}

}  // namespace kallos::store
