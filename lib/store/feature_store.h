// The feature store: a folder of immutable HDF5 shards (see README.md for the format).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

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
  std::string extractor;    // "inception_resnet_v2/multigap"
  std::string description;  // canonical JSON of architecture, weights hash, preprocessing, precision
  std::string fingerprint;  // SHA-256 of `description`
  int64_t dimension = 0;
  std::vector<Layer> layers;
  bool half = false;  // float16 on disk
};

struct Skipped {
  std::string id;
  std::string path;
  std::string reason;
};

// One shard in memory: rows in manifest order, failed rows left out.
struct Shard {
  std::vector<std::string> ids;
  std::vector<int8_t> labels;  // -1 = none
  Matrix<float> features;      // ids.size() x dimension
  std::vector<Skipped> skipped;
};

// Writes a store, shard by shard, in any order, from one process or several (Slurm arrays). Resumable: shard k holds
// the manifest rows [k*rows_per_shard, (k+1)*rows_per_shard), whatever the part or the thread count.
class StoreWriter {
 public:
  // Makes or continues the store. Throws InputError when the folder holds another fingerprint, manifest or shard size
  // (saying which differs and how to start over), EnvironmentError when another process writes the same part.
  StoreWriter(const std::filesystem::path& folder, StoreInfo info, const Manifest& manifest, int64_t rows_per_shard);

  int64_t shard_count() const;
  bool HasShard(int64_t shard) const;  // present, whole and of this store
  std::pair<int64_t, int64_t> RowsOfShard(int64_t shard) const;
  void WriteShard(int64_t shard, const Shard& content);
  // When all shards exist: writes store.json, skipped.csv and manifest.csv, and returns true. Else false.
  bool FinishIfComplete();
};

// Reads a finished store. Throws InputError naming folder and shard when it is incomplete ("3 of 8 shards"), truncated,
// bit-flipped, swapped or of another format version, or holds NaN or infinity (naming the row's id and the column).
class FeatureStore {
 public:
  explicit FeatureStore(const std::filesystem::path& folder);

  const StoreInfo& info() const;
  const Manifest& manifest() const;  // the rows of its images, row-aligned with features
  int64_t rows() const;
  const std::vector<std::string>& ids() const;
  Matrix<float> ReadAll() const;                                         // rows x dimension
  Matrix<float> ReadColumns(const std::vector<int64_t>& columns) const;  // rows x columns.size()
};

}  // namespace kallos::store
