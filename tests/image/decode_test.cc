#include <gtest/gtest.h>

#include <array>

#include "lib/image/image.h"
#include "lib/parallel/parallel.h"
#include "tests/image/encode.h"

namespace kallos::image {
namespace {

const std::vector<std::string> kLossless = {".png", ".bmp", ".tiff", ".ppm"};

TEST(Decode, LosslessFormatsGiveThePixelsBack) {
  const Picture8 picture = SmoothPicture(37, 53);
  for (const std::string& extension : kLossless) {
    const Result<Picture8> decoded = Decode(Encode(picture, extension), {});
    ASSERT_TRUE(decoded.ok()) << extension << ": " << decoded.reason();
    EXPECT_EQ(decoded.value().rgb, picture.rgb) << extension;
  }
}

TEST(Decode, LossyFormatsComeNear) {
  const Picture8 picture = SmoothPicture(64, 48);
  for (const std::string extension : {".jpg", ".webp", ".jp2"}) {
    const Result<Picture8> decoded = Decode(Encode(picture, extension), {});
    ASSERT_TRUE(decoded.ok()) << extension << ": " << decoded.reason();
    double error = 0;
    for (size_t i = 0; i < picture.rgb.size(); ++i)
      error += std::abs(decoded.value().rgb[i] - picture.rgb[i]);
    EXPECT_LT(error / static_cast<double>(picture.rgb.size()), 4) << extension;
  }
}

TEST(Decode, HeaderAgreesWithPixels) {
  for (const std::string extension : {".jpg", ".png", ".bmp", ".tiff", ".ppm", ".webp", ".jp2"}) {
    const std::string bytes = Encode(SmoothPicture(40, 72), extension);
    const Result<Header> header = ReadHeader(bytes, {});
    ASSERT_TRUE(header.ok()) << extension << ": " << header.reason();
    EXPECT_EQ(header.value().width, 72) << extension;
    EXPECT_EQ(header.value().height, 40) << extension;
    EXPECT_TRUE(Decode(bytes, {}).ok()) << extension;
  }
}

TEST(Decode, GreyIsRepeatedAlphaDroppedSixteenBitsScaled) {
  const cv::Mat grey(5, 7, CV_8U, cv::Scalar(93));
  EXPECT_EQ(Decode(EncodeMat(grey, ".png"), {}).value().rgb, std::vector<uint8_t>(105, 93));
  const cv::Mat alpha(5, 7, CV_8UC4, cv::Scalar(30, 20, 10, 0));
  for (const std::string extension : {".png", ".tiff"}) {
    const Picture8 picture = Decode(EncodeMat(alpha, extension), {}).value();
    EXPECT_EQ(std::vector<uint8_t>(picture.rgb.begin(), picture.rgb.begin() + 3),
              (std::vector<uint8_t>{10, 20, 30}))
        << extension;
  }
  const cv::Mat deep(5, 7, CV_16U, cv::Scalar(0x5D80));
  for (const std::string extension : {".png", ".tiff"}) {
    EXPECT_NEAR(Decode(EncodeMat(deep, extension), {}).value().rgb[0], 0x5D, 1) << extension;
  }
}

TEST(Decode, GifPaletteAndUncoveredScreen) {
  for (const bool interlaced : {false, true}) {
    const Result<Picture8> decoded = Decode(EncodeGif(21, 13, 2, interlaced), {});
    ASSERT_TRUE(decoded.ok()) << decoded.reason();
    const Picture8& picture = decoded.value();
    const std::array<std::array<uint8_t, 3>, 4> colors = {
        {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {9, 99, 199}}};
    ASSERT_EQ(picture.width, 15);
    ASSERT_EQ(picture.height, 23);
    for (int y = 0; y < 23; ++y) {
      for (int x = 0; x < 15; ++x) {
        const size_t index = y < 21 && x < 13 ? static_cast<size_t>((x + y) % 4) : 0;
        for (size_t c = 0; c < 3; ++c)
          EXPECT_EQ(picture.rgb[static_cast<size_t>(y * 15 + x) * 3 + c], colors[index][c]);
      }
    }
  }
}

// Where EXIF 2.32 (tag 274) puts the pixel (x, y) of the upright picture, in the stored one of
// `width` x `height`.
std::pair<int, int> StoredPlace(int orientation, int x, int y, int width, int height) {
  switch (orientation) {
    case 2:
      return {width - 1 - x, y};
    case 3:
      return {width - 1 - x, height - 1 - y};
    case 4:
      return {x, height - 1 - y};
    case 5:
      return {y, x};
    case 6:
      return {y, height - 1 - x};
    case 7:
      return {width - 1 - y, height - 1 - x};
    case 8:
      return {width - 1 - y, x};
    default:
      return {x, y};
  }
}

TEST(Decode, OrientationsAreAppliedOrIgnored) {
  const std::string plain = Encode(SmoothPicture(24, 40), ".jpg");
  const Picture8 stored = Decode(plain, {}).value();
  for (int orientation = 0; orientation <= 9; ++orientation) {
    const std::string bytes = JpegWithOrientation(plain, orientation);
    EXPECT_EQ(Decode(bytes, {.apply_orientation = false}).value().rgb, stored.rgb);
    const Picture8 upright = Decode(bytes, {}).value();
    const Header header = ReadHeader(bytes, {}).value();
    ASSERT_EQ(upright.width, header.width);
    ASSERT_EQ(upright.height, header.height);
    ASSERT_EQ(upright.width, orientation >= 5 && orientation <= 8 ? 24 : 40);
    for (int y = 0; y < upright.height; ++y) {
      for (int x = 0; x < upright.width; ++x) {
        const auto [from_x, from_y] = StoredPlace(orientation, x, y, 40, 24);
        ASSERT_EQ(upright.rgb[static_cast<size_t>(y * upright.width + x) * 3],
                  stored.rgb[static_cast<size_t>(from_y * 40 + from_x) * 3])
            << orientation << " " << x << " " << y;
      }
    }
  }
}

TEST(Decode, PngAndTiffCarryOrientationsToo) {
  std::string png = Encode(SmoothPicture(24, 40), ".png");
  const std::string block = ExifBlock(6);
  const auto length = static_cast<char>(block.size());
  png.insert(33, std::string("\0\0\0", 3) + length + "eXIf" + block +
                     std::string(4, '\0'));  // its CRC is not looked at
  EXPECT_EQ(ReadHeader(png, {}).value().orientation, 6);
  EXPECT_EQ(ReadHeader(png, {}).value().width, 24);
  // A TIFF of one grey pixel row, 3 x 1, uncompressed, orientation 3.
  const std::string tiff(
      "II*\0\x08\0\0\0\x09\0"
      "\0\x01\x03\0\x01\0\0\0\x03\0\0\0"
      "\x01\x01\x03\0\x01\0\0\0\x01\0\0\0"
      "\x02\x01\x03\0\x01\0\0\0\x08\0\0\0"
      "\x03\x01\x03\0\x01\0\0\0\x01\0\0\0"
      "\x06\x01\x03\0\x01\0\0\0\x01\0\0\0"
      "\x11\x01\x04\0\x01\0\0\0\x7A\0\0\0"
      "\x12\x01\x03\0\x01\0\0\0\x03\0\0\0"
      "\x15\x01\x03\0\x01\0\0\0\x01\0\0\0"
      "\x17\x01\x04\0\x01\0\0\0\x03\0\0\0"
      "\0\0\0\0"
      "\x0A\x14\x1E",
      125);
  ASSERT_TRUE(Decode(tiff, {}).ok()) << Decode(tiff, {}).reason();
  EXPECT_EQ(Decode(tiff, {}).value().rgb,
            (std::vector<uint8_t>{30, 30, 30, 20, 20, 20, 10, 10, 10}));
  EXPECT_EQ(Decode(tiff, {.apply_orientation = false}).value().rgb[0], 10);
}

TEST(Decode, InParallelAsOneByOne) {
  std::vector<std::string> files;
  for (const std::string extension : {".jpg", ".png", ".tiff", ".webp", ".bmp", ".jp2"})
    files.push_back(Encode(SmoothPicture(48, 64), extension));
  files.push_back(EncodeGif(20, 20, 0, true));
  files.push_back(files[2].substr(0, files[2].size() / 2));
  SetThreads(4);
  std::vector<std::vector<uint8_t>> together(80);
  ParallelFor(together.size(), [&](size_t i) {
    const Result<Picture8> decoded = Decode(files[i % files.size()], {});
    if (decoded.ok()) together[i] = decoded.value().rgb;
  });
  for (size_t i = 0; i < together.size(); ++i) {
    const Result<Picture8> alone = Decode(files[i % files.size()], {});
    EXPECT_EQ(together[i], alone.ok() ? alone.value().rgb : std::vector<uint8_t>()) << i;
  }
}

}  // namespace
}  // namespace kallos::image
