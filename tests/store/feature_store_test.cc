#include "lib/store/feature_store.h"

#include "lib/parallel/parallel.h"
#include "tests/store/example_store.h"

namespace kallos::store {
namespace {

using testing::HasSubstr;

TEST_F(StoreTest, ReadsBackWhatWasWritten) {
  const Manifest manifest = MakeManifest(30);
  for (const bool half : {false, true}) {
    const fs::path folder = folder_ / (half ? "half" : "float");
    ASSERT_TRUE(Write(folder, manifest, MakeInfo(5, half), 8));
    const FeatureStore store(folder);
    EXPECT_EQ(store.info().half, half);
    EXPECT_EQ(store.info().layers.at(1).name, "b");
    EXPECT_EQ(store.rows(), 26);
    EXPECT_EQ(store.skipped().size(), 4u);
    EXPECT_EQ(store.skipped()[0].reason, "broken, \"really\"");
    const Matrix<float> all = store.ReadAll();
    const Matrix<float> some = store.ReadColumns({4, 1, 4});
    for (size_t i = 0, kept = 0; i < manifest.rows.size(); ++i) {
      if (i % 7 == 3) continue;
      const ManifestRow& row = store.manifest().rows[kept];
      EXPECT_EQ(row.id, manifest.rows[i].id);
      EXPECT_EQ(row.label, manifest.rows[i].label);
      EXPECT_EQ(fs::weakly_canonical(store.manifest().PathOf(row)),
                fs::weakly_canonical(manifest.PathOf(manifest.rows[i])));
      for (int64_t j = 0; j < 5; ++j) EXPECT_EQ(all(kept, static_cast<size_t>(j)), Value(i, j));
      EXPECT_EQ(some(kept, 0), Value(i, 4));
      EXPECT_EQ(some(kept, 1), Value(i, 1));
      EXPECT_EQ(some(kept, 2), Value(i, 4));
      ++kept;
    }
  }
}

TEST_F(StoreTest, OrderInterruptionAndThreadsLeaveNoTrace) {
  const Manifest manifest = MakeManifest(40);
  const StoreInfo info = MakeInfo(300);
  ASSERT_TRUE(Write(folder_ / "a", manifest, info, 9));
  EXPECT_FALSE(Write(folder_ / "b", manifest, info, 9, {3, 0}));
  EXPECT_FALSE(Write(folder_ / "b", manifest, info, 9, {1}));
  EXPECT_TRUE(Write(folder_ / "b", manifest, info, 9));
  EXPECT_EQ(FilesOf(folder_ / "a"), FilesOf(folder_ / "b"));
  const FeatureStore store(folder_ / "a");
  SetThreads(1);
  const Matrix<float> one = store.ReadAll();
  SetThreads(3);
  const Matrix<float> three = store.ReadAll();
  for (int again = 0; again < 20; ++again) {
    const Matrix<float> more = store.ReadAll();
    EXPECT_TRUE(
        std::equal(three.data(), three.data() + three.rows() * three.columns(), more.data()));
  }
  EXPECT_TRUE(std::equal(one.data(), one.data() + one.rows() * one.columns(), three.data()));
}

TEST_F(StoreTest, PartsTogetherMakeTheSameStore) {
  const Manifest manifest = MakeManifest(40);
  const StoreInfo info = MakeInfo(4);
  ASSERT_TRUE(Write(folder_ / "a", manifest, info, 10));
  {
    const StoreWriter first(folder_ / "b", info, manifest, 10, ".lock-part-1-of-2");
    const StoreWriter second(folder_ / "b", info, manifest, 10, ".lock-part-2-of-2");
    for (const int64_t k : {0, 2})
      first.WriteShard(k, MakeShard(manifest, first.RowsOfShard(k), 4));
    EXPECT_FALSE(first.FinishIfComplete());
    for (const int64_t k : {1, 3})
      second.WriteShard(k, MakeShard(manifest, second.RowsOfShard(k), 4));
    EXPECT_TRUE(second.FinishIfComplete());
  }
  EXPECT_EQ(FilesOf(folder_ / "a"), FilesOf(folder_ / "b"));
}

TEST_F(StoreTest, AShardMayBeEmpty) {
  Manifest manifest = MakeManifest(4);
  const StoreWriter writer(folder_ / "s", MakeInfo(2), manifest, 1);
  for (int64_t k = 0; k < 4; ++k)
    writer.WriteShard(k, MakeShard(manifest, writer.RowsOfShard(k), 2));
  EXPECT_TRUE(writer.FinishIfComplete());
  EXPECT_EQ(FeatureStore(folder_ / "s").ReadAll().rows(), 3u);
}

TEST_F(StoreTest, IncompleteSaysHowFar) {
  const Manifest manifest = MakeManifest(40);
  Write(folder_ / "s", manifest, MakeInfo(4), 10, {0, 2, 3});
  EXPECT_THAT(MessageOf([&] { FeatureStore store(folder_ / "s"); }),
              HasSubstr("incomplete: 3 of 4 shards; run the same command again"));
  EXPECT_THAT(MessageOf([&] { FeatureStore store(folder_ / "none"); }),
              HasSubstr("no such folder"));
  EXPECT_THAT(MessageOf([&] { FeatureStore store(folder_); }), HasSubstr("no feature store"));
}

TEST_F(StoreTest, OtherSettingsAreRefusedByName) {
  const Manifest manifest = MakeManifest(12);
  Write(folder_ / "s", manifest, MakeInfo(4), 5, {0});
  const auto with = [&](const StoreInfo& info, const Manifest& rows, int64_t per_shard) {
    return MessageOf([&] { StoreWriter(folder_ / "s", info, rows, per_shard); });
  };
  EXPECT_THAT(with(MakeInfo(4), manifest, 6),
              HasSubstr("rows per shard: 5 there, 6 now. Use --fresh"));
  EXPECT_THAT(with(MakeInfo(5), manifest, 5), HasSubstr("dimension: 4 there, 5 now"));
  EXPECT_THAT(with(MakeInfo(4, true), manifest, 5), HasSubstr("description"));
  EXPECT_THAT(with(MakeInfo(4, false, "other"), manifest, 5),
              HasSubstr("extractor: test there, other now"));
  EXPECT_THAT(with(MakeInfo(4), MakeManifest(13), 5), HasSubstr("manifest rows: 12 there, 13 now"));
  Manifest relabelled = manifest;
  relabelled.rows[3].label = 0;
  EXPECT_THAT(with(MakeInfo(4), relabelled, 5), HasSubstr("manifest (SHA-256)"));
  const StoreWriter fresh(folder_ / "s", MakeInfo(5), manifest, 6, ".lock", true);
  EXPECT_FALSE(fresh.HasShard(0));
}

TEST_F(StoreTest, TheSamePartIsWrittenByOneProcessOnly) {
  const Manifest manifest = MakeManifest(12);
  const StoreWriter first(folder_ / "s", MakeInfo(4), manifest, 5);
  EXPECT_THAT(MessageOf([&] { StoreWriter(folder_ / "s", MakeInfo(4), manifest, 5); },
                        ErrorKind::kEnvironment),
              HasSubstr("pid"));
  EXPECT_THAT(
      MessageOf(
          [&] { StoreWriter(folder_ / "s", MakeInfo(4), manifest, 5, ".lock-part-1-of-2", true); },
          ErrorKind::kUsage),
      HasSubstr("--fresh"));
}

TEST_F(StoreTest, NotANumberIsRefusedNamingRowAndColumn) {
  const Manifest manifest = MakeManifest(3);
  for (const bool half : {false, true}) {
    const StoreWriter writer(folder_ / (half ? "h" : "f"), MakeInfo(4, half), manifest, 5);
    Shard shard = MakeShard(manifest, {0, 3}, 4);
    shard.features(1, 2) = half ? 70000.0f : NAN;
    EXPECT_THAT(MessageOf([&] { writer.WriteShard(0, shard); }),
                HasSubstr("row 'photo001', column 2"));
    EXPECT_FALSE(writer.HasShard(0));
  }
}

TEST_F(StoreTest, NothingUsableSaysWhy) {
  const Manifest manifest = MakeManifest(1);
  const StoreWriter writer(folder_ / "s", MakeInfo(2), manifest, 5);
  writer.WriteShard(0, {{}, {}, Matrix<float>(0, 2), {{"photo000", "p.jpg", "no good"}}});
  EXPECT_THAT(MessageOf([&] { writer.FinishIfComplete(); }), HasSubstr("p.jpg: no good"));
}

}  // namespace
}  // namespace kallos::store
