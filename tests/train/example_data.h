// Feature stores with a planted problem, in a folder of their own.
#pragma once

#include <gmock/gmock.h>
#include <unistd.h>

#include <functional>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/rng.h"
#include "lib/store/feature_store.h"
#include "train/head_run.h"

namespace kallos::train {

// The manifest of n photographs: every `good_every`-th is good; a quarter each of split val and
// test where `splits`.
inline store::Manifest ExampleManifest(const fs::path& folder, int n, int good_every = 2,
                                       bool splits = true) {
  store::Manifest manifest;
  manifest.folder = folder;
  for (int i = 0; i < n; ++i) {
    store::ManifestRow row;
    row.id = fmt::format("photo{:04}", i);
    row.path = row.id + ".jpg";
    row.label = i % good_every == 0 ? 1 : 0;
    const int part = i / good_every % 8;
    row.split = !splits ? "train" : part < 4 ? "train" : part < 6 ? "val" : "test";
    manifest.rows.push_back(row);
  }
  return manifest;
}

// The feature of a row and column: noise, and in the first three columns a shift of `signal` for
// good rows.
inline float ExampleFeature(const store::ManifestRow& row, int64_t column, double signal) {
  Stream stream(11, "test/feature/" + row.id, static_cast<uint64_t>(column));
  const bool planted = column < 3 && row.label == 1;
  return static_cast<float>(stream.Normal() + (planted ? signal : 0));
}

// `change` may alter the features before they are written.
inline void WriteExampleStore(const fs::path& folder, const store::Manifest& manifest,
                              int64_t dimension, double signal = 3,
                              const std::string& name = "test",
                              const std::function<void(store::Shard&)>& change = {}) {
  store::StoreInfo info;
  info.extractor = name;
  info.description = fmt::format(R"({{"name":"{}"}})", name);
  info.fingerprint = Sha256Hex(info.description);
  info.dimension = dimension;
  info.layers = {{"all", 0, dimension}};
  store::Shard shard;
  shard.features = Matrix<float>(manifest.rows.size(), static_cast<size_t>(dimension));
  for (size_t i = 0; i < manifest.rows.size(); ++i) {
    shard.ids.push_back(manifest.rows[i].id);
    shard.labels.push_back(static_cast<int8_t>(manifest.rows[i].label.value_or(-1)));
    for (int64_t j = 0; j < dimension; ++j)
      shard.features(i, static_cast<size_t>(j)) = ExampleFeature(manifest.rows[i], j, signal);
  }
  if (change) change(shard);
  const store::StoreWriter writer(folder, info, manifest, 100000);
  writer.WriteShard(0, shard);
  ASSERT_TRUE(writer.FinishIfComplete());
}

class TrainTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ =
        fs::path(testing::TempDir()) / fmt::format("kallos_train_{}_{}", test->name(), getpid());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  // A quick training on the store folder_/s into folder_/out.
  HeadConfig Config(const std::string& out = "out") const {
    HeadConfig config;
    config.features = {folder_ / "s"};
    config.out = folder_ / out;
    config.settings.recipe.hidden = {12, 6};
    config.settings.recipe.dropout = {0.2, 0.2};
    config.settings.recipe.epochs = 6;
    config.settings.recipe.batch = 16;
    config.settings.recipe.lr = 0.01;
    return config;
  }

  static void Run(const HeadConfig& config, uint64_t seed = 1) {
    RunRecord record("test", "");
    RunContext context{seed, record};
    RunHead(config, context);
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

  // Every file by its name, without run.yaml.
  static std::map<std::string, std::string> FilesOf(const fs::path& folder) {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      const std::string name = entry.path().filename().string();
      if (entry.is_regular_file() && name != "run.yaml" && !name.starts_with(".lock"))
        files[entry.path().lexically_relative(folder).string()] = ReadFile(entry.path());
    }
    return files;
  }

  fs::path folder_;
};

}  // namespace kallos::train
