#include "data/synth.h"

#include <gtest/gtest.h>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/image/image.h"
#include "lib/parallel/parallel.h"
#include "lib/store/manifest.h"

namespace kallos::data {
namespace {

fs::path Make(const std::string& name, int64_t count, uint64_t seed, int threads) {
  const fs::path folder = fs::path(testing::TempDir()) / "synth" / name;
  fs::remove_all(folder);
  SetThreads(threads);
  RunRecord record("test", "");
  RunContext context{seed, record};
  RunSynth({count, folder}, context);
  return folder;
}

TEST(Synth, ManifestTellsTheTruth) {
  const fs::path folder = Make("truth", 24, 1, 2);
  const store::Manifest manifest = store::ReadManifest(folder / "manifest.csv");
  ASSERT_EQ(manifest.rows.size(), 24u);
  int good = 0;
  int turned = 0;
  for (const store::ManifestRow& row : manifest.rows) {
    const std::string bytes = ReadFile(manifest.PathOf(row));
    EXPECT_EQ(Sha256Hex(bytes), row.sha256);
    const Result<Picture8> picture = image::Decode(bytes, {});
    ASSERT_TRUE(picture.ok()) << picture.reason();
    EXPECT_EQ(picture.value().width, row.width);
    EXPECT_EQ(picture.value().height, row.height);
    EXPECT_EQ(row.id.starts_with("good/"), *row.label == 1);
    EXPECT_EQ(row.extra[1] == "none", *row.label == 1);
    good += *row.label;
    turned += image::ReadHeader(bytes, {}).value().orientation != 1;
  }
  EXPECT_EQ(good, 12);
  EXPECT_GT(turned, 0);
}

TEST(Synth, SameBytesAtAnyThreadCountAndOtherBytesForAnotherSeed) {
  const std::string one = ReadFile(Make("one", 8, 3, 1) / "manifest.csv");  // it holds all hashes
  EXPECT_EQ(one, ReadFile(Make("three", 8, 3, 3) / "manifest.csv"));
  EXPECT_NE(one, ReadFile(Make("seed", 8, 4, 1) / "manifest.csv"));
  EXPECT_TRUE(ReadFile(Make("more", 9, 3, 2) / "manifest.csv").starts_with(one));
}

TEST(Synth, RefusesAFolderWithOtherPhotos) {
  const fs::path folder = Make("other", 4, 1, 1);
  RunRecord record("test", "");
  RunContext context{1, record};
  EXPECT_THROW(RunSynth({2, folder}, context), Error);
  EXPECT_NO_THROW(RunSynth({4, folder}, context));
}

}  // namespace
}  // namespace kallos::data
