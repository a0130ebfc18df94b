#include "train/network/frame_folder.h"

#include <gmock/gmock.h>

#include "lib/core/error.h"
#include "tests/train/network/photos.h"

namespace kallos::train {
namespace {

class FrameFolderTest : public testing::Test {
 protected:
  const PhotoFolder photos_{"frame_folder", 0};
  FrameFolder folder_{photos_.cache()};
};

TEST_F(FrameFolderTest, GivesBackWhatWasWritten) {
  for (const auto& [height, width] : std::vector<std::pair<int, int>>{{1, 1}, {3, 200}, {97, 64}}) {
    const Picture8 picture = Photo(1, height, width);
    const std::string description = fmt::format("photo border:{}", height);
    EXPECT_FALSE(folder_.Read(description).has_value());
    folder_.Write(description, picture);
    const auto read = folder_.Read(description);
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(std::tie(read->height, read->width, read->rgb),
              std::tie(picture.height, picture.width, picture.rgb));
  }
  EXPECT_FALSE(folder_.Read("photo border:2").has_value());
}

TEST_F(FrameFolderTest, DamageIsNoticed) {
  folder_.Write("a", Photo(1, 5, 7));
  const fs::path path = folder_.PathOf("a");
  const std::string bytes = ReadFile(path);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    std::string damaged = bytes;
    damaged[i] ^= 4;
    PublishBytes(path, damaged);
    EXPECT_FALSE(folder_.Read("a").has_value()) << "byte " << i;
    PublishBytes(path, bytes.substr(0, i));
    EXPECT_FALSE(folder_.Read("a").has_value()) << i << " bytes";
  }
  PublishBytes(path, bytes);
  EXPECT_TRUE(folder_.Read("a").has_value());
}

TEST_F(FrameFolderTest, AFileInThePlaceOfAnotherIsNoticed) {
  folder_.Write("a", Photo(1, 5, 7));
  fs::copy_file(folder_.PathOf("a"), folder_.PathOf("b"));
  EXPECT_FALSE(folder_.Read("b").has_value());
}

// A folder in the file's place stands for whatever keeps a file from being written.
TEST_F(FrameFolderTest, WhatCannotBeWrittenIsLeftOut) {
  fs::create_directories(folder_.PathOf("a") / "in the way");
  folder_.Write("a", Photo(1, 5, 7));
  folder_.Write("b", Photo(1, 5, 7));
  EXPECT_FALSE(fs::exists(folder_.PathOf("b"))) << "after one failure nothing more is tried";
}

TEST_F(FrameFolderTest, ACacheThatIsNoFolderIsAnError) {
  PublishBytes(photos_.cache() / "file", "text");
  EXPECT_THROW(FrameFolder(photos_.cache() / "file"), Error);
}

}  // namespace
}  // namespace kallos::train
