#include "lib/image/resize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "lib/core/error.h"
#include "lib/core/rng.h"

namespace kallos::image {
namespace {

std::pair<int, int> SizeOf(const std::string& rule, int height, int width) {
  int h = 0, w = 0;
  ResizedSize(ParseResizeRule(rule), height, width, &h, &w);
  return {h, w};
}

PictureF RandomPicture(int height, int width, uint64_t seed) {
  Stream random(seed, "tests/image/resize");
  PictureF picture{height, width, {}};
  for (int i = 0; i < height * width * 3; ++i)
    picture.rgb.push_back(static_cast<float>(random.Uniform(0, 255)));
  return picture;
}

TEST(Resize, PublishedSizes) {
  EXPECT_EQ(SizeOf("native", 123, 45), std::pair(123, 45));
  EXPECT_EQ(SizeOf("max:996", 500, 400), std::pair(500, 400));
  EXPECT_EQ(SizeOf("max-always:996", 500, 400), std::pair(996, 796));
  EXPECT_EQ(SizeOf("max:996", 1000, 1500), std::pair(664, 996));
  EXPECT_EQ(SizeOf("max:996", 1200, 1200), std::pair(996, 996));
  EXPECT_EQ(SizeOf("area:500x500", 400, 900), std::pair(333, 750));
  EXPECT_EQ(SizeOf("border:600", 100, 333), std::pair(600, 600));
}

// int(h * (600 / h)) is 599 for these squares: the published code pads one black row.
TEST(Resize, BorderKeepsTheQuirkOfDoubleRounding) {
  int quirks = 0;
  for (int side = 10; side < 400; ++side) {
    const bool quirk = static_cast<int>(side * (600.0 / side)) == 599;
    quirks += quirk;
    const PictureF white{side, side,
                         std::vector<float>(static_cast<size_t>(side * side * 3), 255.0f)};
    if (!quirk && side % 50 != 0) continue;
    const PictureF out = Resize(white, ParseResizeRule("border:600"));
    EXPECT_EQ(out.rgb.back(), quirk ? 0.0f : 255.0f) << side;
    EXPECT_EQ(out.rgb.front(), 255.0f) << side;
  }
  EXPECT_GT(quirks, 0);
}

// Half-pixel centres, no antialiasing, edges repeated.
TEST(Resize, IsPlainBilinear) {
  const PictureF picture = RandomPicture(9, 13, 1);
  const PictureF out = Resize(picture, ParseResizeRule("max-always:31"));
  ASSERT_EQ(out.height, 21);
  ASSERT_EQ(out.width, 31);
  const auto value = [&](int y, int x) {
    return picture.rgb[static_cast<size_t>(std::clamp(y, 0, 8) * 13 + std::clamp(x, 0, 12)) * 3];
  };
  for (int y = 0; y < 21; ++y) {
    for (int x = 0; x < 31; ++x) {
      const double fy = (y + 0.5) * 9 / 21 - 0.5, fx = (x + 0.5) * 13 / 31 - 0.5;
      const int y0 = static_cast<int>(std::floor(fy)), x0 = static_cast<int>(std::floor(fx));
      const double ty = fy - y0, tx = fx - x0;
      const double expected = (1 - ty) * ((1 - tx) * value(y0, x0) + tx * value(y0, x0 + 1)) +
                              ty * ((1 - tx) * value(y0 + 1, x0) + tx * value(y0 + 1, x0 + 1));
      EXPECT_NEAR(out.rgb[static_cast<size_t>(y * 31 + x) * 3], expected, 1e-3);
    }
  }
}

TEST(Resize, SizeIsAsAnnounced) {
  Stream random(3, "tests/image/sizes");
  for (const std::string rule : {"native", "max:40", "max-always:40", "border:40", "area:30x50"}) {
    for (int i = 0; i < 60; ++i) {
      const int height = 1 + static_cast<int>(random.Below(90)),
                width = 1 + static_cast<int>(random.Below(90));
      const PictureF out = Resize(RandomPicture(height, width, 4), ParseResizeRule(rule));
      EXPECT_EQ(std::pair(out.height, out.width), SizeOf(rule, height, width))
          << rule << height << "x" << width;
      EXPECT_EQ(out.rgb.size(), static_cast<size_t>(out.height * out.width * 3));
    }
  }
}

TEST(Resize, EightBitsAreTheSameRounded) {
  const PictureF picture = RandomPicture(37, 52, 5);
  Picture8 bytes{37, 52, {}};
  PictureF whole = picture;
  for (float& value : whole.rgb)
    bytes.rgb.push_back(static_cast<uint8_t>(value)), value = std::floor(value);
  for (const std::string rule : {"native", "max:40", "max-always:90", "border:40", "area:30x50"}) {
    const PictureF expected = Resize(whole, ParseResizeRule(rule));
    const Picture8 out = Resize(bytes, ParseResizeRule(rule));
    ASSERT_EQ(std::pair(out.height, out.width), std::pair(expected.height, expected.width)) << rule;
    for (size_t i = 0; i < out.rgb.size(); ++i) EXPECT_NEAR(out.rgb[i], expected.rgb[i], 1) << rule;
  }
}

TEST(Resize, IsTheScaledPictureAndItsBorder) {
  Stream random(6, "tests/image/border");
  for (const std::string rule : {"native", "max:40", "max-always:40", "border:40", "area:30x50"}) {
    for (int i = 0; i < 40; ++i) {
      const int height = 1 + static_cast<int>(random.Below(90));
      const int width = i % 4 == 0 ? height : 1 + static_cast<int>(random.Below(90));
      Picture8 picture{height, width, {}};
      for (int j = 0; j < height * width * 3; ++j)
        picture.rgb.push_back(static_cast<uint8_t>(1 + random.Below(255)));
      const Picture8 inside = ResizeInside(picture, ParseResizeRule(rule));
      EXPECT_THAT(inside.rgb, testing::Each(testing::Gt(0))) << "no border yet";
      const Picture8 out = AddBorder(inside, ParseResizeRule(rule)),
                     expected = Resize(picture, ParseResizeRule(rule));
      EXPECT_EQ(std::tie(out.height, out.width, out.rgb),
                std::tie(expected.height, expected.width, expected.rgb));
    }
  }
}

TEST(Resize, RulesReadBack) {
  for (const std::string rule :
       {"native", "max:996", "max-always:996", "border:600", "area:500x400"}) {
    EXPECT_EQ(ParseResizeRule(rule).Name(), rule);
  }
  for (const std::string rule : {"", "max", "max:0", "max:-3", "max:9x8", "border:1x",
                                 "area:99999999999", "min:5", "native:3"}) {
    EXPECT_THROW(ParseResizeRule(rule), Error) << rule;
  }
}

}  // namespace
}  // namespace kallos::image
