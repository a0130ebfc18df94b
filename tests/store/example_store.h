// A small store for the tests, in a folder of its own.
#pragma once

#include <gmock/gmock.h>
#include <unistd.h>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/rng.h"
#include "lib/store/feature_store.h"

namespace kallos::store {

class StoreTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ =
        fs::path(testing::TempDir()) / fmt::format("kallos_store_{}_{}", test->name(), getpid());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  static StoreInfo MakeInfo(int64_t dimension, bool half = false,
                            const std::string& name = "test") {
    StoreInfo info;
    info.extractor = name;
    info.description = fmt::format(R"({{"half":{},"name":"{}"}})", half, name);
    info.fingerprint = Sha256Hex(info.description);
    info.dimension = dimension;
    info.layers = {{"a", 0, 1}, {"b", 1, dimension - 1}};
    info.half = half;
    return info;
  }

  Manifest MakeManifest(int n) const {
    Manifest manifest;
    manifest.folder = folder_;
    for (int i = 0; i < n; ++i) {
      ManifestRow row;
      row.id = fmt::format("photo{:03}", i);
      row.path = "photos/" + row.id + ".jpg";
      if (i % 5 != 4) row.label = i % 2;
      manifest.rows.push_back(row);
    }
    return manifest;
  }

  // The value of the feature in a column of a row; exact in half precision too.
  static float Value(size_t row, int64_t column) {
    return static_cast<float>(static_cast<int64_t>(row * 37 % 101) - 50 + column) / 8.0f;
  }

  // Every seventh row failed.
  static Shard MakeShard(const Manifest& manifest, std::pair<int64_t, int64_t> rows,
                         int64_t dimension) {
    Shard shard;
    std::vector<size_t> kept;
    for (auto i = static_cast<size_t>(rows.first); i < static_cast<size_t>(rows.second); ++i) {
      const ManifestRow& row = manifest.rows[i];
      if (i % 7 == 3) {
        shard.skipped.push_back({row.id, row.path, "broken, \"really\""});
        continue;
      }
      kept.push_back(i);
      shard.ids.push_back(row.id);
      shard.labels.push_back(static_cast<int8_t>(row.label.value_or(-1)));
    }
    shard.features = Matrix<float>(kept.size(), static_cast<size_t>(dimension));
    for (size_t k = 0; k < kept.size(); ++k) {
      for (int64_t j = 0; j < dimension; ++j)
        shard.features(k, static_cast<size_t>(j)) = Value(kept[k], j);
    }
    return shard;
  }

  // Writes shards in the given order; all of them when `order` is empty. Returns whether the store
  // is finished.
  bool Write(const fs::path& folder, const Manifest& manifest, const StoreInfo& info,
             int64_t rows_per_shard, std::vector<int64_t> order = {}) const {
    const StoreWriter writer(folder, info, manifest, rows_per_shard);
    if (order.empty()) {
      for (int64_t k = 0; k < writer.shard_count(); ++k) order.push_back(k);
    }
    for (const int64_t k : order) {
      if (!writer.HasShard(k))
        writer.WriteShard(k, MakeShard(manifest, writer.RowsOfShard(k), info.dimension));
    }
    return writer.FinishIfComplete();
  }

  static std::string MessageOf(const std::function<void()>& action,
                               ErrorKind kind = ErrorKind::kInput) {
    try {
      action();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind) << error.what();
      return error.what();
    }
    return "no error";
  }

  static std::map<std::string, std::string> FilesOf(const fs::path& folder) {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::directory_iterator(folder))
      files[entry.path().filename()] = ReadFile(entry.path());
    return files;
  }

  fs::path folder_;
};

}  // namespace kallos::store
