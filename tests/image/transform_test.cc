#include "lib/image/transform.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <numeric>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "tests/image/encode.h"

namespace kallos::image {
namespace {

using enum Transform;

Stream StreamOf(uint64_t index) {
  return {1, "tests/image/transform", index};
}

Picture8 Filled(int height, int width, uint8_t value) {
  return {height, width, std::vector<uint8_t>(static_cast<size_t>(height * width * 3), value)};
}

// The value at (y, x) in all three channels.
Picture8 Drawn(int height, int width, const std::function<int(int y, int x)>& value) {
  Picture8 picture{height, width, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x)
      picture.rgb.insert(picture.rgb.end(), 3, static_cast<uint8_t>(value(y, x)));
  }
  return picture;
}

template <typename Picture>
double At(const Picture& picture, int y, int x) {
  return picture.rgb[static_cast<size_t>(y * picture.width + x) * 3];
}

double MeanOf(const Picture8& picture) {
  return std::accumulate(picture.rgb.begin(), picture.rgb.end(), 0.0) /
         static_cast<double>(picture.rgb.size());
}

double SdOf(const Picture8& picture) {
  const double mean = MeanOf(picture);
  double square = 0;
  for (const uint8_t value : picture.rgb) square += (value - mean) * (value - mean);
  return std::sqrt(square / static_cast<double>(picture.rgb.size()));
}

TEST(Transform, EveryOneIsAPictureAndRepeatable) {
  const std::vector<Picture8> pictures = {SmoothPicture(40, 56), SmoothPicture(33, 9),
                                          Filled(1, 1, 7), Filled(1, 50, 9)};
  for (const Transform transform : {kRotate, kCrop, kDenoise, kBlur, kNoise, kSharpness}) {
    for (int severity = 1; severity <= kSeverities; ++severity) {
      for (const Picture8& picture : pictures) {
        const Picture8 out = Apply(picture, transform, severity, StreamOf(3));
        EXPECT_GE(std::min(out.height, out.width), 1);
        EXPECT_EQ(out.rgb.size(), static_cast<size_t>(out.height * out.width * 3));
        EXPECT_EQ(out.rgb, Apply(picture, transform, severity, StreamOf(3)).rgb);
        if (transform == kRotate || transform == kCrop) continue;
        EXPECT_EQ(std::pair(out.height, out.width), std::pair(picture.height, picture.width));
      }
    }
  }
}

TEST(Transform, SeveritiesGrowAndHoldThePublishedStrength) {
  for (const auto& [transform, published] :
       std::vector<std::pair<Transform, double>>{{kRotate, 1},
                                                 {kCrop, 0.85},
                                                 {kDenoise, 10},
                                                 {kBlur, 7},
                                                 {kNoise, 0.4},
                                                 {kSharpness, 1}}) {
    bool found = false;
    for (int severity = 1; severity <= kSeverities; ++severity) {
      const double strength = StrengthOf(transform, severity);
      found = found || strength == published;
      if (severity == 1) continue;
      const double step = strength - StrengthOf(transform, severity - 1);
      EXPECT_GT(transform == kCrop ? -step : step, 0);
    }
    EXPECT_TRUE(found) << published;
  }
}

// The row "| blur | ... | 3 | 5 | **7** | 11 | 15 |" of each transform.
TEST(Transform, TheUsersGuideHasTheseStrengths) {
  const std::string guide = ReadFile(std::filesystem::path(KALLOS_SOURCE_DIR) / "docs/eval.md");
  const std::vector<std::pair<std::string, Transform>> names = {
      {"rotate", kRotate}, {"crop", kCrop},   {"denoise", kDenoise},
      {"blur", kBlur},     {"noise", kNoise}, {"sharpness", kSharpness}};
  for (const auto& [name, transform] : names) {
    const size_t begin = guide.find("\n| " + name + " | ");
    ASSERT_NE(begin, std::string::npos) << name;
    std::string row = guide.substr(begin + 1, guide.find('\n', begin + 1) - begin - 1);
    std::erase(row, '*');
    const std::vector<std::string> cells = Split(row, '|');
    for (size_t severity = 1; severity <= kSeverities; ++severity)
      EXPECT_EQ(ParseDouble(Trim(cells[2 + severity])),
                StrengthOf(transform, static_cast<int>(severity)))
          << row;
  }
}

TEST(Rotate, ByNothingIsTheSame) {
  const Picture8 picture = SmoothPicture(31, 44);
  const Picture8 out = Rotate(picture, 0);
  EXPECT_EQ(std::pair(out.height, out.width), std::pair(31, 44));
  EXPECT_EQ(out.rgb, picture.rgb);
}

// From two pixels on: of one that is rotated no whole one is left.
TEST(Rotate, FillsNothingIn) {
  Stream random = StreamOf(2);
  for (int trial = 0; trial < 300; ++trial) {
    const int height = 2 + static_cast<int>(random.Below(120)),
              width = 2 + static_cast<int>(random.Below(120));
    const double degrees = trial < 5 ? StrengthOf(kRotate, trial + 1) : random.Uniform(-90, 90);
    const Picture8 out = Rotate(Filled(height, width, 255), degrees);
    EXPECT_EQ(*std::ranges::min_element(out.rgb), 255)
        << height << " x " << width << " by " << degrees;
  }
}

// What lay to the right of the centre lies above it after a quarter turn.
TEST(Rotate, IsCounterClockwise) {
  const Picture8 out =
      Rotate(Drawn(41, 41, [](int y, int x) { return y == 20 && x == 35 ? 255 : 0; }), 90);
  ASSERT_EQ(std::pair(out.height, out.width), std::pair(41, 41));
  EXPECT_EQ(At(out, 5, 20), 255);
}

// Bilinear sampling of a ramp is exact but for OpenCV's 32 steps between pixels and the rounding.
TEST(Rotate, TurnsARampAsGeometrySays) {
  const Picture8 ramp = Drawn(80, 100, [](int, int x) { return 2 * x; });
  constexpr double kDegrees = 10, kAngle = kDegrees * std::numbers::pi / 180;
  const Picture8 out = Rotate(ramp, kDegrees);
  for (int y = 0; y < out.height; ++y) {
    for (int x = 0; x < out.width; ++x) {
      const double from_centre = std::cos(kAngle) * (x - (out.width - 1) / 2.0) -
                                 std::sin(kAngle) * (y - (out.height - 1) / 2.0);
      EXPECT_NEAR(At(out, y, x), 2 * (49.5 + from_centre), 0.6);
    }
  }
}

// A w x h rectangle fits where w cos + h sin <= width and w sin + h cos <= height; a search finds
// no larger one.
TEST(LargestUpright, IsTheLargestThatFits) {
  Stream random = StreamOf(1);
  for (int trial = 0; trial < 300; ++trial) {
    const double height = random.Uniform(1, 100), width = random.Uniform(1, 100),
                 degrees = random.Uniform(-90, 90);
    const double angle = std::abs(degrees) * std::numbers::pi / 180, c = std::cos(angle),
                 s = std::sin(angle);
    const RectangleSize found = LargestUpright(height, width, degrees);
    EXPECT_LE(found.width * c + found.height * s, width + 1e-9);
    EXPECT_LE(found.width * s + found.height * c, height + 1e-9);
    double best = 0;
    for (int i = 1; i < 1000; ++i) {
      const double w = i / 1000.0 * std::hypot(width, height);
      best = std::max(best, w * std::min((width - w * c) / s, (height - w * s) / c));
    }
    EXPECT_GE(found.width * found.height, best - 1e-9)
        << height << " x " << width << " by " << degrees;
  }
}

TEST(Rotate, RefusesWhatOpenCvWouldGarble) {
  EXPECT_THROW(Rotate(Filled(1, 40000, 0), 1), Error);
}

// Each pixel says where it was.
TEST(Crop, IsAPartOfTheShareThatWasAskedFor) {
  const Picture8 picture = Drawn(80, 120, [](int y, int x) { return y + x; });
  double share = 0;
  constexpr int kTrials = 400;
  for (int trial = 0; trial < kTrials; ++trial) {
    const Picture8 out = Crop(picture, 0.85, 0.9, StreamOf(static_cast<uint64_t>(trial)));
    const double scale = std::sqrt(0.85);
    EXPECT_GE(out.height, static_cast<int>(80 * scale));
    EXPECT_LE(out.height, static_cast<int>(80 * std::sqrt(0.9)));
    const double start = At(out, 0, 0);
    EXPECT_LE(start, 80 - out.height + 120 - out.width);
    for (int y = 0; y < out.height; ++y) EXPECT_EQ(At(out, y, y), start + 2 * y);
    share += out.height * out.width / (80.0 * 120) / kTrials;
  }
  EXPECT_NEAR(share, 0.875, 0.02) << "truncation takes up to 0.02";
}

TEST(Crop, AllPlacesAreAsLikely) {
  const Picture8 picture = Drawn(4, 4, [](int y, int x) { return 4 * y + x; });
  std::vector<int> count(16);
  for (uint64_t trial = 0; trial < 900; ++trial)
    ++count[static_cast<size_t>(At(Crop(picture, 0.25, 0.3, StreamOf(trial)), 0, 0))];
  for (const size_t corner : {0u, 1u, 2u, 4u, 5u, 6u, 8u, 9u, 10u})
    EXPECT_NEAR(count[corner], 100, 40) << corner;
}

TEST(Denoise, FlatColoursStayAndNoiseGoes) {
  Picture8 red = Filled(40, 40, 30);
  for (size_t i = 0; i < red.rgb.size(); i += 3) red.rgb[i] = 200;
  const Picture8 out = Denoise(red, 10);
  for (size_t i = 0; i < red.rgb.size(); ++i) EXPECT_NEAR(out.rgb[i], red.rgb[i], 2);
  const Picture8 noisy = AddNoise(Filled(60, 60, 120), 10, StreamOf(1));
  EXPECT_LT(SdOf(Denoise(noisy, 15)), 0.5 * SdOf(noisy));
  EXPECT_NEAR(MeanOf(Denoise(noisy, 15)), 120, 1);
}

// 255 / 9 = 28.3 over 3 x 3 pixels.
TEST(Blur, SpreadsAPoint) {
  const Picture8 out =
      Blur(Drawn(9, 9, [](int y, int x) { return y == 4 && x == 4 ? 255 : 0; }), 3);
  for (int y = 0; y < 9; ++y) {
    for (int x = 0; x < 9; ++x)
      EXPECT_EQ(At(out, y, x), std::max(std::abs(y - 4), std::abs(x - 4)) <= 1 ? 28 : 0);
  }
}

// The border is reflected without its own pixel: 1, 0, 1, 2.
TEST(Blur, ReflectsAtTheBorder) {
  const Picture8 out = Blur(Drawn(5, 5, [](int, int x) { return 30 * x; }), 3);
  EXPECT_EQ(At(out, 2, 0), 20);
  EXPECT_EQ(At(out, 2, 2), 60);
}

TEST(Blur, KeepsTheMeanOfWhatIsAwayFromTheBorder) {
  const Picture8 noise = AddNoise(Filled(64, 64, 128), 40, StreamOf(5));
  const Picture8 framed = Drawn(96, 96, [&](int y, int x) {
    return y < 16 || x < 16 || y >= 80 || x >= 80 ? 0 : At(noise, y - 16, x - 16);
  });
  for (const int side : {3, 7, 15}) EXPECT_NEAR(MeanOf(Blur(framed, side)), MeanOf(framed), 0.1);
}

// 100 in 50: the centre becomes 100 + a (8 * 100 - 8 * 50), its neighbours 50 + a (8 * 50 - 7 * 50
// - 100).
TEST(Sharpen, KnownAnswers) {
  const Picture8 point = Drawn(7, 7, [](int y, int x) { return y == 3 && x == 3 ? 100 : 50; });
  for (const double amount : {0.0, 0.25, 1.0}) {
    const PictureF out = SharpenUnclipped(point, amount);
    EXPECT_NEAR(At(out, 3, 3), 100 + 400 * amount, 1e-3);
    EXPECT_NEAR(At(out, 3, 2), 50 - 50 * amount, 1e-3);
    EXPECT_NEAR(At(out, 0, 0), 50, 1e-3);
  }
  EXPECT_EQ(At(Sharpen(point, 1), 3, 3), 255);
  EXPECT_EQ(At(Sharpen(point, 4), 3, 2), 0);
  EXPECT_EQ(Sharpen(point, 0).rgb, point.rgb);
}

TEST(AddNoise, IsNormalAndClipped) {
  const Picture8 grey = AddNoise(Filled(200, 200, 128), 20, StreamOf(2));
  EXPECT_NEAR(MeanOf(grey), 128, 0.3);
  EXPECT_NEAR(SdOf(grey), 20, 0.3);
  // Half of the numbers are cut at 0: the mean of what is left is sd / sqrt(2 pi).
  EXPECT_NEAR(MeanOf(AddNoise(Filled(200, 200, 0), 20, StreamOf(2))),
              20 / std::sqrt(2 * std::numbers::pi), 0.3);
  EXPECT_NEAR(MeanOf(AddNoise(Filled(200, 200, 255), 20, StreamOf(2))),
              255 - 20 / std::sqrt(2 * std::numbers::pi), 0.3);
  EXPECT_EQ(AddNoise(grey, 0, StreamOf(2)).rgb, grey.rgb);
}

TEST(AddNoise, SeveritiesDifferInStrengthAlone) {
  const Picture8 grey = Filled(20, 20, 128);
  const Picture8 weak = Apply(grey, kNoise, 3, StreamOf(4)),
                 strong = Apply(grey, kNoise, 4, StreamOf(4));
  for (size_t i = 0; i < grey.rgb.size(); ++i)
    EXPECT_NEAR(strong.rgb[i] - 128, 2 * (weak.rgb[i] - 128), 2);
}

}  // namespace
}  // namespace kallos::image
