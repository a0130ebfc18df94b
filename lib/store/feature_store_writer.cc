#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/log.h"
#include "lib/core/output_folder.h"
#include "lib/store/feature_store.h"
#include "lib/store/shard_file.h"
#include "lib/store/store_files.h"

namespace kallos::store {
namespace {

constexpr size_t kMaxShardBytes = size_t{1} << 40;
constexpr const char* kWholeLock = ".lock";

bool IsOfStore(const std::string& name) {
  return name == kStorePlan || name == kStoreManifest || name == kStoreSkipped ||
         name.starts_with("shard-");
}

void RemoveStore(const fs::path& folder) {
  const auto remove = [](const fs::path& file) {
    std::error_code error;
    fs::remove(file, error);
    if (error) throw EnvironmentError("{}: cannot be removed: {}", PathText(file), error.message());
  };
  remove(folder / kStoreIndex);  // first: without it the rest is no store
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (IsOfStore(entry.path().filename().string())) files.push_back(entry.path());
  }
  for (const fs::path& file : files) remove(file);
}

void RequireSamePlan(const fs::path& folder, const StorePlan& plan) {
  const std::string difference = FirstDifference(ReadPlan(folder), plan);
  if (difference.empty()) return;
  throw InputError(
      "{}: this store was begun with other settings; {}. Use --fresh to start over, or another "
      "--out",
      PathText(folder), difference);
}

// What one shard adds to the finished store.
class Collector {
 public:
  Collector(const Manifest& manifest, const StoreInfo& info)
      : manifest_(manifest), kept_(manifest) {
    index_.info = info;
    kept_.rows.clear();
  }

  // `first` and `last` are the manifest rows of the shard: each is either kept or
  // skipped, in order.
  void Add(const Shard& content, const std::string& bytes, std::pair<int64_t, int64_t> range,
           const std::string& name) {
    size_t kept = 0;
    size_t skipped = 0;
    for (int64_t i = range.first; i < range.second; ++i) {
      const ManifestRow& row = manifest_.rows[i];
      if (kept < content.ids.size() && content.ids[kept] == row.id) {
        kept_.rows.push_back(row);
        ++kept;
      } else if (skipped < content.skipped.size() && content.skipped[skipped].id == row.id) {
        skipped_.push_back(content.skipped[skipped]);
        ++skipped;
      } else {
        throw InputError(
            "{}: lacks row '{}' of the manifest; remove the shard and run the same command again",
            name, row.id);
      }
    }
    if (kept != content.ids.size() || skipped != content.skipped.size())
      throw InputError(
          "{}: holds rows that the manifest does not have; remove it and run the same command "
          "again",
          name);
    index_.shards.push_back({ShardName(index_.shards.size()), Sha256Hex(bytes), std::ssize(bytes),
                             static_cast<int64_t>(kept), static_cast<int64_t>(skipped)});
  }

  void Publish(const fs::path& folder) {
    if (kept_.rows.empty()) {
      throw InputError("{}: not one of {} photographs gave features; the first, {}: {}",
                       PathText(folder), skipped_.size(), skipped_[0].path, skipped_[0].reason);
    }
    const std::string manifest = FormatManifest(kept_, folder / kStoreManifest);
    const std::string skipped = FormatSkippedCsv(skipped_);
    PublishBytes(folder / kStoreManifest, manifest);
    PublishBytes(folder / kStoreSkipped, skipped);
    index_.rows = kept_.rows.size();
    index_.skipped = skipped_.size();
    index_.manifest_sha256 = Sha256Hex(manifest);
    index_.skipped_sha256 = Sha256Hex(skipped);
    CrashPoint("before_manifest");
    PublishBytes(folder / kStoreIndex, FormatIndex(index_));
  }

 private:
  const Manifest& manifest_;
  Manifest kept_;
  std::vector<Skipped> skipped_;
  StoreIndex index_;
};

}  // namespace

StoreWriter::StoreWriter(const fs::path& folder, StoreInfo info, const Manifest& manifest,
                         int64_t rows_per_shard, const std::string& lock_name, bool fresh,
                         const std::string& rules)
    : folder_(folder),
      info_(std::move(info)),
      manifest_(manifest),
      rows_per_shard_(rows_per_shard),
      lock_(folder, lock_name) {
  KALLOS_CHECK(rows_per_shard_ > 0 && !manifest_.rows.empty());
  KALLOS_CHECK(info_.fingerprint == Sha256Hex(info_.description));
  if (fresh && lock_name != kWholeLock)
    throw UsageError(
        "--fresh would remove what the other parts have made; remove {} before starting the parts",
        PathText(folder));
  if (!fs::exists(folder_ / kStorePlan) && !fs::exists(folder_ / kStoreIndex))
    RequireEmptyFolder(folder_, "feature store");
  if (fresh) RemoveStore(folder_);
  const StorePlan plan{info_, rows_per_shard_, std::ssize(manifest_.rows),
                       Sha256Hex(FormatManifest(manifest_, folder_ / kStoreManifest)), rules};
  if (!fs::exists(folder_ / kStorePlan)) WritePlan(folder_, plan);
  RequireSamePlan(folder_, plan);
  if (lock_name == kWholeLock) RemoveStaleTemporaries(folder_);
}

int64_t StoreWriter::shard_count() const {
  return (std::ssize(manifest_.rows) - 1) / rows_per_shard_ + 1;
}

fs::path StoreWriter::ShardPath(int64_t shard) const {
  return folder_ / ShardName(shard);
}

std::pair<int64_t, int64_t> StoreWriter::RowsOfShard(int64_t shard) const {
  const int64_t rows = manifest_.rows.size();
  return {shard * rows_per_shard_, std::min(rows, (shard + 1) * rows_per_shard_)};
}

bool StoreWriter::IsFinished() const {
  return fs::exists(folder_ / kStoreIndex);
}

bool StoreWriter::HasShard(int64_t shard) const {
  const std::scoped_lock lock(mutex_);
  if (known_.contains(shard)) return true;
  if (!fs::exists(ShardPath(shard))) return false;
  const std::string bytes = ReadFile(ShardPath(shard), kMaxShardBytes);
  if (!IsWholeShard(bytes)) {
    LogWarning("{}: damaged since it was written; it is made again", PathText(ShardPath(shard)));
    return false;
  }
  known_[shard] = DecodeUnalteredShard(bytes, info_, shard, PathText(ShardPath(shard))).skipped;
  return true;
}

std::vector<Skipped> StoreWriter::SkippedOf(int64_t shard) const {
  const std::scoped_lock lock(mutex_);
  return known_.at(shard);
}

void StoreWriter::Reopen() const {
  fs::remove(folder_ / kStoreIndex);
}

void StoreWriter::WriteShard(int64_t shard, const Shard& content) const {
  KALLOS_CHECK(content.ids.size() == content.features.rows() &&
               content.ids.size() == content.labels.size());
  KALLOS_CHECK(content.ids.empty() || std::cmp_equal(content.features.columns(), info_.dimension));
  const std::string bytes = EncodeShard(info_, shard, content);
  const Shard check = DecodeShard(bytes, info_, shard, PathText(ShardPath(shard)));
  KALLOS_CHECK(check.ids == content.ids && check.labels == content.labels);
  PublishBytes(ShardPath(shard), bytes);
  const std::scoped_lock lock(mutex_);
  known_[shard] = content.skipped;
}

bool StoreWriter::FinishIfComplete() const {
  for (int64_t shard = 0; shard < shard_count(); ++shard) {
    if (!HasShard(shard)) return false;
  }
  Collector collector(manifest_, info_);
  for (int64_t shard = 0; shard < shard_count(); ++shard) {
    const std::string name = PathText(ShardPath(shard));
    const std::string bytes = ReadFile(ShardPath(shard), kMaxShardBytes);
    collector.Add(DecodeShard(bytes, info_, shard, name), bytes, RowsOfShard(shard), name);
  }
  collector.Publish(folder_);
  return true;
}

}  // namespace kallos::store
