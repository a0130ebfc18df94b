#include <gtest/gtest.h>

#include "lib/image/image.h"
#include "tests/image/encode.h"

namespace kallos::image {
namespace {

std::vector<std::pair<std::string, std::string>> Files() {
  std::vector<std::pair<std::string, std::string>> files;
  for (const std::string extension : {".jpg", ".png", ".tiff", ".bmp", ".ppm", ".webp", ".jp2"}) {
    files.emplace_back(extension, Encode(SmoothPicture(60, 80), extension));
  }
  files.emplace_back(".gif", EncodeGif(60, 80, 0, false));
  return files;
}

TEST(Fault, TruncatedFilesAreFailures) {
  for (const auto& [name, bytes] : Files()) {
    for (const double share : {0.0, 0.05, 0.3, 0.6, 0.9}) {
      const size_t size = static_cast<size_t>(share * static_cast<double>(bytes.size()));
      const Result<Picture8> decoded = Decode(bytes.substr(0, size), {});
      EXPECT_FALSE(decoded.ok()) << name << " cut to " << share;
    }
  }
}

// Whatever the damage: an answer, no crash, and a picture has the size of its header.
TEST(Fault, FlippedBytesNeverCrash) {
  Stream random(7, "tests/image/fault");
  for (const auto& [name, bytes] : Files()) {
    for (int round = 0; round < 150; ++round) {
      std::string damaged = bytes;
      const int flips = 1 + static_cast<int>(random.Below(8));
      const size_t reach = round % 2 == 0 ? std::min<size_t>(100, damaged.size()) : damaged.size();
      for (int i = 0; i < flips; ++i)
        damaged[random.Below(reach)] = static_cast<char>(random.Below(256));
      const DecodeOptions options{.max_pixels = 1'000'000};
      const Result<Header> header = ReadHeader(damaged, options);
      const Result<Picture8> decoded = Decode(damaged, options);
      if (!decoded.ok()) continue;
      ASSERT_TRUE(header.ok()) << name;
      EXPECT_EQ(decoded.value().width, header.value().width) << name;
      EXPECT_EQ(decoded.value().rgb.size(),
                static_cast<size_t>(header.value().width * header.value().height * 3));
    }
  }
}

TEST(Fault, HugeHeadersAreRefusedBeforeAllocation) {
  std::string png = Encode(SmoothPicture(8, 8), ".png");
  png[16] = png[20] = 0;
  png[18] = png[22] = static_cast<char>(0x75);  // 29,960 x 29,960
  const Result<Picture8> decoded = Decode(png, {});
  ASSERT_FALSE(decoded.ok());
  EXPECT_NE(decoded.reason().find("above the limit of 100,000,000 pixels"), std::string::npos)
      << decoded.reason();
  EXPECT_FALSE(Decode(Encode(SmoothPicture(10, 10), ".jpg"), {.max_pixels = 99}).ok());
  EXPECT_TRUE(Decode(Encode(SmoothPicture(10, 10), ".jpg"), {.max_pixels = 100}).ok());
}

TEST(Fault, ReasonsSayWhat) {
  EXPECT_EQ(Decode("", {}).reason(), "empty file");
  EXPECT_NE(Decode("hello, this is text", {}).reason().find("not a picture"), std::string::npos);
  const std::string jpeg = Encode(SmoothPicture(100, 100), ".jpg");
  EXPECT_NE(Decode(jpeg.substr(0, jpeg.size() / 2), {}).reason().find("JPEG"), std::string::npos);
  EXPECT_FALSE(DecodeFile(testing::TempDir(), {}).ok());
  EXPECT_FALSE(DecodeFile(testing::TempDir() + "/missing.jpg", {}).ok());
}

TEST(Fault, JunkThatHarmsNoPixelIsAccepted) {
  const std::string jpeg = Encode(SmoothPicture(30, 30), ".jpg");
  const Picture8 picture = Decode(jpeg, {}).value();
  const Result<Picture8> behind = Decode(jpeg + std::string(4096, 'x'), {});
  ASSERT_TRUE(behind.ok()) << behind.reason();
  EXPECT_EQ(behind.value().rgb, picture.rgb);
}

}  // namespace
}  // namespace kallos::image
