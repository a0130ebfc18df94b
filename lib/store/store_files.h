// The small files of a feature store, shared by its writer and its reader.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "lib/store/feature_store.h"

namespace kallos::store {

constexpr int kStoreFormatVersion = 1;
constexpr const char* kStorePlan = "plan.json";    // published first: what the store will be
constexpr const char* kStoreIndex = "store.json";  // published last: the store is complete
constexpr const char* kStoreManifest = "manifest.csv";
constexpr const char* kStoreSkipped = "skipped.csv";

std::string ShardName(int64_t shard);

// What a store is made from; two runs with unequal plans are never mixed.
struct StorePlan {
  StoreInfo info;
  int64_t rows_per_shard = 0;
  int64_t manifest_rows = 0;
  std::string manifest_sha256;  // of the text that the manifest would have inside the store
  std::string rules;            // what else decides which rows are skipped: "max-pixels 100000000"

  int64_t ShardCount() const { return (manifest_rows - 1) / rows_per_shard + 1; }
};

void WritePlan(const std::filesystem::path& folder, const StorePlan& plan);
StorePlan ReadPlan(const std::filesystem::path& folder);
// The first setting in which the two differ, as "rows_per_shard: 10 there, 20 now", or "".
std::string FirstDifference(const StorePlan& there, const StorePlan& now);

// A shard of a finished store.
struct ShardEntry {
  std::string file;
  std::string sha256;  // of the whole file
  int64_t bytes = 0;
  int64_t rows = 0;
  int64_t skipped = 0;
};

struct StoreIndex {
  StoreInfo info;
  int64_t rows = 0;
  int64_t skipped = 0;
  std::string manifest_sha256;  // of the files beside
  std::string skipped_sha256;
  std::vector<ShardEntry> shards;
};

// The text carries its own checksum.
std::string FormatIndex(const StoreIndex& index);
// Throws InputError naming `name`: no JSON, another format version, altered, sizes out of
// range or contradictory.
StoreIndex ParseIndex(const std::string& text, const std::string& name);

}  // namespace kallos::store
