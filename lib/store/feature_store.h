// The feature store: a folder of immutable HDF5 shards (see README.md for the format).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "lib/core/lock.h"
#include "lib/core/matrix.h"
#include "lib/store/manifest.h"

namespace kallos::store {

// A run of columns that belong to one layer, so that a feature index can be named.
struct Layer {
  std::string name;
  int64_t offset = 0;
  int64_t channels = 0;
};

// What the features are and how they were made. Stores whose fingerprints differ are never mixed.
struct StoreInfo {
  std::string extractor;  // "inception_resnet_v2/multigap"
  // Canonical JSON of architecture, hash of the weights, preprocessing and precision.
  std::string description;
  std::string fingerprint;  // SHA-256 of `description`
  int64_t dimension = 0;
  std::vector<Layer> layers;
  bool half = false;  // float16 on disk
  // Where the weight file was: a hint for who rates photographs, not part of the fingerprint.
  std::string weights;
};

struct Skipped {
  std::string id;
  std::string path;
  std::string reason;
};
// CSV id,path,reason: the content of a skipped.csv.
std::string FormatSkippedCsv(const std::vector<Skipped>& skipped);

// One shard in memory: rows in manifest order, failed rows left out.
struct Shard {
  std::vector<std::string> ids;
  std::vector<int8_t> labels;  // -1 = none
  Matrix<float> features;      // ids.size() x dimension
  std::vector<Skipped> skipped;
};

// Writes a store, shard by shard, in any order, from one process or several (Slurm arrays).
// Resumable: shard k holds the manifest rows [k*rows_per_shard, (k+1)*rows_per_shard), whatever the
// part or the thread count.
class StoreWriter {
 public:
  // Makes or continues the store. `lock_name` tells the parts of one store apart (".lock",
  // ".lock-part-1-of-4"). Throws InputError when the folder was begun with other settings (naming
  // the first that differs and the remedy), EnvironmentError when another process holds the lock,
  // InputError when the folder holds other things than a store. `fresh` removes what an earlier run
  // made; not for parts. `rules` says what else decides which rows are skipped.
  StoreWriter(const std::filesystem::path& folder, StoreInfo info, const Manifest& manifest,
              int64_t rows_per_shard, const std::string& lock_name = ".lock", bool fresh = false,
              const std::string& rules = "");

  int64_t shard_count() const;
  // False when the shard does not exist or is damaged (then it is to be written again). Throws
  // InputError when a whole shard of another store or place is there.
  bool HasShard(int64_t shard) const;
  // Rows of the shard that were skipped; HasShard must have been true.
  std::vector<Skipped> SkippedOf(int64_t shard) const;
  // The store is no longer finished, so that shards may be written again.
  void Reopen() const;
  std::pair<int64_t, int64_t> RowsOfShard(int64_t shard) const;  // [first, last) of the manifest
  // Throws InputError when a feature is NaN or infinite (as float16 where the store has `half`).
  void WriteShard(int64_t shard, const Shard& content) const;
  bool IsFinished() const;
  // When all shards exist: writes manifest.csv, skipped.csv and, last, store.json, and returns
  // true. Else false.
  bool FinishIfComplete() const;

 private:
  std::filesystem::path ShardPath(int64_t shard) const;

  std::filesystem::path folder_;
  StoreInfo info_;
  Manifest manifest_;
  int64_t rows_per_shard_;
  FolderLock lock_;
  mutable std::mutex mutex_;
  // Shards found whole, and what they skipped.
  mutable std::map<int64_t, std::vector<Skipped>> known_;
};

struct ShardEntry;

// A column of a store, and its column in a matrix to be filled.
struct ColumnMove {
  size_t from = 0;
  size_t to = 0;
};

// Reads a finished store. The constructor reads what is small; features are read, and their hashes
// checked, on demand, in parallel. Throws InputError naming folder and shard when the store is
// incomplete ("3 of 8 shards"), truncated, bit-flipped, swapped or of another format version, or
// holds NaN or infinity (naming the row's id and the column).
class FeatureStore {
 public:
  explicit FeatureStore(const std::filesystem::path& folder);
  ~FeatureStore();
  FeatureStore(FeatureStore&&) noexcept;

  const std::filesystem::path& folder() const { return folder_; }
  const StoreInfo& info() const { return info_; }
  const Manifest& manifest() const { return manifest_; }            // row-aligned with the features
  const std::vector<Skipped>& skipped() const { return skipped_; }  // rows that gave no features
  // SHA-256 of store.json, which holds all hashes.
  const std::string& content_hash() const { return content_hash_; }
  int64_t rows() const { return static_cast<int64_t>(manifest_.rows.size()); }
  Matrix<float> ReadAll() const;  // rows x dimension, float32
  Matrix<float> ReadColumns(const std::vector<int64_t>& columns) const;  // rows x columns.size()
  // The rows of the store at these indices, ascending: rows.size() x dimension. Only their shards
  // are read.
  Matrix<float> ReadRows(std::span<const int64_t> rows) const;
  std::vector<int64_t> ShardEnds() const;  // one past the last row of each shard
  // Row i goes to row target_rows[i] of `out`, or nowhere where that is negative; of its columns
  // those that `moves` names.
  void ReadInto(const std::vector<int64_t>& target_rows, const std::vector<ColumnMove>& moves,
                Matrix<float>& out) const;

 private:
  Shard ReadShard(size_t shard, size_t first_row) const;

  std::filesystem::path folder_;
  StoreInfo info_;
  Manifest manifest_;
  std::vector<Skipped> skipped_;
  std::string content_hash_;
  std::vector<ShardEntry> shards_;
};

}  // namespace kallos::store
