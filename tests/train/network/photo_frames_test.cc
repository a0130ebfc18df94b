#include "train/network/photo_frames.h"

#include <gmock/gmock.h>

#include "lib/core/error.h"
#include "lib/core/stop.h"
#include "tests/train/network/photos.h"

namespace kallos::train {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

FrameSettings SettingsOf(const std::string& resize, std::optional<int64_t> memory = {},
                         const fs::path& cache = {}) {
  FrameSettings settings;
  settings.resize = image::ParseResizeRule(resize);
  settings.memory_budget = memory;
  settings.cache = cache;
  return settings;
}

// The message with which making the frames fails.
std::string ErrorOf(const store::Manifest& manifest, const FrameSettings& settings) {
  try {
    PhotoFrames(manifest, settings);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    return error.what();
  }
  ADD_FAILURE() << "no error";
  return "";
}

class PhotoFramesTest : public testing::Test {
 protected:
  ~PhotoFramesTest() override { ClearStop(); }

  std::vector<std::vector<uint8_t>> BytesOf(PhotoFrames& frames) const {
    std::vector<std::vector<uint8_t>> bytes;
    for (size_t row = 0; row < photos_.manifest().rows.size(); ++row)
      bytes.push_back(frames.Get(row)->rgb);
    return bytes;
  }

  const PhotoFolder photos_{"photo_frames", 12};
};

TEST_F(PhotoFramesTest, WithTheirBorderAreTheResizedPhotographs) {
  for (const std::string rule :
       {"native", "max:50", "max-always:80", "border:48", "border:60x48", "area:30x40"}) {
    const FrameSettings settings = SettingsOf(rule);
    store::Manifest manifest = photos_.manifest();
    if (rule == "border:60x48") manifest.rows.resize(2);  // the others do not fit
    PhotoFrames frames(manifest, settings);
    size_t largest = 0;
    for (size_t row = 0; row < manifest.rows.size(); ++row) {
      const Picture8 whole = image::DecodeFile(photos_.PathOf(row), {}).value();
      const Picture8 expected = image::Resize(whole, settings.resize);
      const Picture8 found = image::AddBorder(*frames.Get(row), settings.resize);
      EXPECT_EQ(std::tie(found.height, found.width, found.rgb),
                std::tie(expected.height, expected.width, expected.rgb))
          << rule;
      largest = std::max(largest, expected.rgb.size());
    }
    EXPECT_EQ(static_cast<size_t>(frames.largest()), largest) << rule;
  }
}

TEST_F(PhotoFramesTest, AreTheSameFromMemoryDiskAndPhotograph) {
  const auto expected = [&] {
    PhotoFrames frames(photos_.manifest(), SettingsOf("border:48"));
    const auto bytes = BytesOf(frames);
    EXPECT_EQ(frames.decoded(), 12) << "memory holds all";
    return bytes;
  }();
  PhotoFrames none(photos_.manifest(), SettingsOf("border:48", 0));
  EXPECT_EQ(BytesOf(none), expected);
  EXPECT_EQ(none.decoded(), 24);
  PhotoFrames some(photos_.manifest(), SettingsOf("border:48", 5 * 48 * 48 * 3));
  EXPECT_EQ(BytesOf(some), expected);
  EXPECT_GT(some.decoded(), 12);
  EXPECT_LT(some.decoded(), 24);
  for (const int64_t decoded : {12, 0}) {
    PhotoFrames on_disk(photos_.manifest(), SettingsOf("border:48", 0, photos_.cache()));
    EXPECT_EQ(BytesOf(on_disk), expected);
    EXPECT_EQ(on_disk.decoded(), decoded) << "the second time all come from disk";
  }
  PhotoFrames other_rule(photos_.manifest(), SettingsOf("border:50", 0, photos_.cache()));
  EXPECT_EQ(other_rule.decoded(), 12);
}

TEST_F(PhotoFramesTest, ADamagedFileOfTheCacheIsMadeAgain) {
  const FrameSettings settings = SettingsOf("border:48", 0, photos_.cache());
  const auto expected = [&] {
    PhotoFrames frames(photos_.manifest(), settings);
    return BytesOf(frames);
  }();
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(photos_.cache())) files.push_back(entry.path());
  ASSERT_EQ(files.size(), 12);
  std::string bytes = ReadFile(files[0]);
  PublishBytes(files[0], bytes.substr(0, bytes.size() / 2));
  bytes = ReadFile(files[1]);
  bytes[200] ^= 1;
  PublishBytes(files[1], bytes);
  PublishBytes(files[2], "");
  for (const int64_t decoded : {3, 0}) {
    PhotoFrames frames(photos_.manifest(), settings);
    EXPECT_EQ(BytesOf(frames), expected);
    EXPECT_EQ(frames.decoded(), decoded);
  }
}

TEST_F(PhotoFramesTest, FaultyPhotographsAreListedBeforeTraining) {
  const std::string hash = photos_.manifest().rows[4].sha256;
  fs::remove(photos_.PathOf(2));
  photos_.Rewrite(4, 99);
  store::Manifest manifest = photos_.manifest();
  PublishBytes(photos_.PathOf(7), ReadFile(photos_.PathOf(7)).substr(0, 900));
  manifest.rows[7].sha256 = Sha256OfFile(photos_.PathOf(7));
  const std::string message = ErrorOf(manifest, SettingsOf("border:48"));
  EXPECT_THAT(message, AllOf(HasSubstr("3 of 12 photographs"), HasSubstr("p002.jpg: no such file"),
                             HasSubstr("p007.jpg: broken"), HasSubstr("kallos-data clean")));
  EXPECT_THAT(message,
              HasSubstr(fmt::format("p004.jpg: changed since import: SHA-256 {} expected, {} found",
                                    hash, Sha256OfFile(photos_.PathOf(4)))));
}

TEST_F(PhotoFramesTest, OfManyFaultsTenAreListed) {
  for (size_t row = 0; row < 12; ++row) fs::remove(photos_.PathOf(row));
  EXPECT_THAT(ErrorOf(photos_.manifest(), SettingsOf("native")),
              AllOf(HasSubstr("12 of 12"), HasSubstr("p009.jpg"), Not(HasSubstr("p010.jpg")),
                    HasSubstr("2 more")));
}

TEST_F(PhotoFramesTest, APictureThatTheRuleCannotTakeIsNamed) {
  EXPECT_THAT(ErrorOf(photos_.manifest(), SettingsOf("border:20x40")),
              AllOf(HasSubstr("p000.jpg: resize border:20x40"), HasSubstr("does not fit")));
}

TEST_F(PhotoFramesTest, APhotographThatVanishesLaterIsNamed) {
  PhotoFrames frames(photos_.manifest(), SettingsOf("native", 0));
  photos_.Rewrite(3, 99);
  EXPECT_NO_THROW(frames.Get(2));
  try {
    frames.Get(3);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    EXPECT_THAT(error.what(), HasSubstr("p003.jpg: changed since import"));
  }
}

TEST_F(PhotoFramesTest, AFrameOnDiskVouchesForItsPhotograph) {
  const FrameSettings settings = SettingsOf("border:48", 0, photos_.cache());
  PhotoFrames(photos_.manifest(), settings);
  fs::remove(photos_.PathOf(5));
  EXPECT_NO_THROW(PhotoFrames(photos_.manifest(), settings).Get(5));
}

// The hash that is missing in the manifest is that of the file as it is now.
TEST_F(PhotoFramesTest, WithoutAHashTheFirstContentCounts) {
  store::Manifest manifest = photos_.manifest();
  for (store::ManifestRow& row : manifest.rows) row.sha256.clear();
  PhotoFrames frames(manifest, SettingsOf("native", 0));
  EXPECT_EQ(frames.manifest().rows[3].sha256, photos_.manifest().rows[3].sha256);
  photos_.Rewrite(3, 99);
  EXPECT_THROW(frames.Get(3), Error);
  fs::remove(photos_.PathOf(4));
  EXPECT_THAT(ErrorOf(manifest, SettingsOf("native")),
              AllOf(HasSubstr("1 of 12"), HasSubstr("p004.jpg")));
}

TEST_F(PhotoFramesTest, RowsOfEqualContentShareAFrame) {
  store::Manifest manifest = photos_.manifest();
  manifest.rows.insert(manifest.rows.end(), photos_.manifest().rows.begin(),
                       photos_.manifest().rows.end());
  PhotoFrames frames(manifest, SettingsOf("native"));
  EXPECT_EQ(frames.decoded(), 12);
  EXPECT_EQ(frames.Get(1), frames.Get(13));
  EXPECT_NE(frames.Get(1), frames.Get(2));
}

TEST_F(PhotoFramesTest, StopsWhenAsked) {
  RequestStop();
  try {
    PhotoFrames(photos_.manifest(), SettingsOf("native"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInterrupted);
  }
}

}  // namespace
}  // namespace kallos::train
