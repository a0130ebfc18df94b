#include "lib/store/feature_store.h"

#include <algorithm>
#include <numeric>

#include "lib/core/csv.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/parallel/parallel.h"
#include "lib/store/shard_file.h"
#include "lib/store/store_files.h"

namespace kallos::store {
namespace {

constexpr size_t kMaxTextBytes = size_t{4} << 30;

[[noreturn]] void ThrowIncomplete(const fs::path& folder) {
  if (!fs::exists(folder / kStorePlan))
    throw InputError("{}: no feature store here ({} is missing)", PathText(folder), kStoreIndex);
  const int64_t shards = ReadPlan(folder).ShardCount();
  int64_t present = 0;
  for (int64_t shard = 0; shard < shards; ++shard)
    present += fs::exists(folder / ShardName(shard)) ? 1 : 0;
  throw InputError("{}: incomplete: {} of {} shards; run the same command again", PathText(folder),
                   present, shards);
}

std::string ReadIndexText(const fs::path& folder) {
  if (!fs::is_directory(folder))
    throw InputError("{}: no such folder; expected a feature store", PathText(folder));
  if (!fs::exists(folder / kStoreIndex)) ThrowIncomplete(folder);
  return ReadFile(folder / kStoreIndex, kMaxTextBytes);
}

// Throws unless the file is the one that store.json speaks of.
std::string ReadUnaltered(const fs::path& path, const std::string& sha256,
                          const std::string& remedy) {
  if (!fs::exists(path)) throw InputError("{}: missing; {}", PathText(path), remedy);
  std::string bytes = ReadFile(path, kMaxTextBytes);
  if (Sha256Hex(bytes) != sha256)
    throw InputError("{}: altered since the store was finished; {}", PathText(path), remedy);
  return bytes;
}

std::vector<Skipped> ParseSkipped(const std::string& text, const std::string& name) {
  std::vector<Skipped> skipped;
  const CsvTable table = ParseCsv(text, name);
  if (table.columns.size() != 3)
    throw InputError("{}: expected the columns id, path, reason", name);
  for (const auto& row : table.rows) skipped.push_back({row[0], row[1], row[2]});
  return skipped;
}

}  // namespace

std::string FormatSkippedCsv(const std::vector<Skipped>& skipped) {
  CsvTable table{{"id", "path", "reason"}, {}, {}};
  for (const Skipped& row : skipped) table.rows.push_back({row.id, row.path, row.reason});
  return FormatCsv(table);
}

FeatureStore::FeatureStore(const fs::path& folder) : folder_(folder) {
  const std::string text = ReadIndexText(folder);
  const StoreIndex index = ParseIndex(text, PathText(folder / kStoreIndex));
  content_hash_ = Sha256Hex(text);
  info_ = index.info;
  shards_ = index.shards;
  ReadUnaltered(folder / kStoreManifest, index.manifest_sha256,
                "give a changed manifest with --manifest instead");
  manifest_ = ReadManifest(folder / kStoreManifest, false);
  skipped_ = ParseSkipped(
      ReadUnaltered(folder / kStoreSkipped, index.skipped_sha256, "run the same command again"),
      PathText(folder / kStoreSkipped));
  if (index.rows != rows())
    throw InputError("{}: its manifest has {} rows, its shards {}", PathText(folder), rows(),
                     index.rows);
}

FeatureStore::~FeatureStore() = default;
FeatureStore::FeatureStore(FeatureStore&&) noexcept = default;

Shard FeatureStore::ReadShard(size_t shard, size_t first_row) const {
  const ShardEntry& entry = shards_[shard];
  const std::string name = PathText(folder_ / entry.file);
  const std::string remedy = fmt::format(
      "remove it (where there is one) and {}, and run the command that made the store again",
      kStoreIndex);
  if (!fs::exists(folder_ / entry.file))
    throw InputError("{}: the shard is missing; {}", name, remedy);
  const int64_t size = fs::file_size(folder_ / entry.file);
  if (size != entry.bytes)
    throw InputError("{}: {} bytes, expected {}; {}", name, size, entry.bytes, remedy);
  const std::string bytes = ReadFile(folder_ / entry.file, entry.bytes);
  if (Sha256Hex(bytes) != entry.sha256)
    throw InputError("{}: the shard is damaged or not of this store (its SHA-256 differs); {}",
                     name, remedy);
  Shard content = DecodeUnalteredShard(bytes, info_, shard, name);
  for (size_t i = 0; i < content.ids.size(); ++i) {
    if (content.ids[i] != manifest_.rows[first_row + i].id)
      throw InputError("{}: row {} is '{}', the manifest has '{}'", name, i, content.ids[i],
                       manifest_.rows[first_row + i].id);
  }
  return content;
}

void FeatureStore::ReadInto(const std::vector<int64_t>& target_rows,
                            const std::vector<ColumnMove>& moves, Matrix<float>& out) const {
  KALLOS_CHECK(target_rows.size() == manifest_.rows.size());
  std::vector<size_t> first_rows(shards_.size() + 1, 0);
  for (size_t s = 0; s < shards_.size(); ++s) first_rows[s + 1] = first_rows[s] + shards_[s].rows;
  ParallelFor(shards_.size(), [&](size_t s) {
    const Shard content = ReadShard(s, first_rows[s]);
    for (size_t i = 0; i < content.ids.size(); ++i) {
      const int64_t target = target_rows[first_rows[s] + i];
      if (target < 0) continue;
      const auto from = content.features.Row(i);
      const auto to = out.Row(target);
      for (const ColumnMove& move : moves) to[move.to] = from[move.from];
    }
  });
}

std::vector<int64_t> FeatureStore::ShardEnds() const {
  std::vector<int64_t> ends;
  for (const ShardEntry& shard : shards_)
    ends.push_back((ends.empty() ? 0 : ends.back()) + shard.rows);
  return ends;
}

Matrix<float> FeatureStore::ReadRows(std::span<const int64_t> rows) const {
  const std::vector<int64_t> ends = ShardEnds();
  Matrix<float> out(rows.size(), info_.dimension);
  ParallelFor(shards_.size(), [&](size_t s) {
    const int64_t first = s == 0 ? 0 : ends[s - 1];
    const auto from = std::lower_bound(rows.begin(), rows.end(), first);
    const auto to = std::lower_bound(from, rows.end(), ends[s]);
    if (from == to) return;
    const Shard content = ReadShard(s, first);
    for (auto row = from; row != to; ++row)
      std::ranges::copy(content.features.Row(*row - first), out.Row(row - rows.begin()).begin());
  });
  return out;
}

Matrix<float> FeatureStore::ReadColumns(const std::vector<int64_t>& columns) const {
  std::vector<ColumnMove> moves;
  for (const int64_t column : columns) {
    if (column < 0 || column >= info_.dimension)
      throw InputError("{}: column {} does not exist; it has columns 0 to {}", PathText(folder_),
                       column, info_.dimension - 1);
    moves.push_back({static_cast<size_t>(column), moves.size()});
  }
  std::vector<int64_t> targets(manifest_.rows.size());
  std::iota(targets.begin(), targets.end(), int64_t{0});
  Matrix<float> all(targets.size(), columns.size());
  ReadInto(targets, moves, all);
  return all;
}

Matrix<float> FeatureStore::ReadAll() const {
  std::vector<int64_t> columns(info_.dimension);
  std::iota(columns.begin(), columns.end(), int64_t{0});
  return ReadColumns(columns);
}

}  // namespace kallos::store
