#include "lib/image/augment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "lib/core/error.h"
#include "tests/image/encode.h"

namespace kallos::image {
namespace {

constexpr Augmentation kNone{.flip = false};

Stream StreamOf(uint64_t index) {
  return {1, "tests/image/augment", index};
}

Picture8 Filled(int height, int width, uint8_t value) {
  return {height, width, std::vector<uint8_t>(static_cast<size_t>(height * width * 3), value)};
}

// Red says the column, green the row, two levels a pixel; blue is 100.
Picture8 Places(int height, int width) {
  Picture8 picture{height, width, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (const int value : {2 * x, 2 * y, 100})
        picture.rgb.push_back(static_cast<uint8_t>(value));
    }
  }
  return picture;
}

// Where the content of pixel (y, x) of the augmented picture was, counted from the centre.
std::pair<double, double> PlaceOf(const Picture8& picture, int y, int x) {
  const uint8_t* rgb = &picture.rgb[static_cast<size_t>(y * picture.width + x) * 3];
  return {rgb[0] / 2.0 - (picture.width - 1) / 2.0, rgb[1] / 2.0 - (picture.height - 1) / 2.0};
}

// Of the map from the augmented picture to the original: the step that one pixel to the right or
// down makes there.
struct Steps {
  double right_x, right_y, down_x, down_y;
};
Steps StepsOf(const Picture8& out) {
  const int bottom = out.height - 1, right = out.width - 1;
  const auto [x0, y0] = PlaceOf(out, 0, 0);
  const auto [x1, y1] = PlaceOf(out, 0, right);
  const auto [x2, y2] = PlaceOf(out, bottom, 0);
  return {(x1 - x0) / right, (y1 - y0) / right, (x2 - x0) / bottom, (y2 - y0) / bottom};
}

TEST(Augment, NothingChangesWhereAllIsOff) {
  const Picture8 picture = SmoothPicture(31, 44);
  for (uint64_t i = 0; i < 20; ++i)
    EXPECT_EQ(Augment(picture, kNone, StreamOf(i)).rgb, picture.rgb);
}

TEST(Augment, OnlyTheFlipIsOnByItself) {
  const Picture8 picture = SmoothPicture(31, 44), mirrored = Mirror(picture);
  int flips = 0;
  for (uint64_t i = 0; i < 400; ++i) {
    const Picture8 out = Augment(picture, {}, StreamOf(i));
    flips += out.rgb == mirrored.rgb ? 1 : 0;
    EXPECT_TRUE(out.rgb == picture.rgb || out.rgb == mirrored.rgb);
  }
  EXPECT_NEAR(flips, 200, 50);
}

TEST(Mirror, TwiceIsNothingAndOnceExchangesLeftAndRight) {
  const Picture8 picture = Places(9, 14), mirrored = Mirror(picture);
  EXPECT_EQ(Mirror(mirrored).rgb, picture.rgb);
  EXPECT_EQ(PlaceOf(mirrored, 3, 0), PlaceOf(picture, 3, 13));
}

TEST(Augment, TheSameStreamGivesTheSameBytesOfTheSameSize) {
  const Augmentation all{true, 0.3, 10, 0.4};
  for (const auto& [height, width] :
       std::vector<std::pair<int, int>>{{1, 1}, {1, 30}, {50, 2}, {40, 56}, {56, 40}}) {
    const Picture8 picture = SmoothPicture(height, width);
    for (uint64_t i = 0; i < 20; ++i) {
      const Picture8 out = Augment(picture, all, StreamOf(i));
      EXPECT_EQ(std::tuple(out.height, out.width, out.rgb.size()),
                std::tuple(height, width, picture.rgb.size()));
      EXPECT_EQ(out.rgb, Augment(picture, all, StreamOf(i)).rgb);
    }
  }
  EXPECT_NE(Augment(Places(40, 56), all, StreamOf(1)).rgb,
            Augment(Places(40, 56), all, StreamOf(2)).rgb);
}

TEST(Augment, WhatOneDoesIsTheSameWithoutTheOthers) {
  const Picture8 picture = Places(60, 90);
  for (uint64_t i = 0; i < 20; ++i) {
    const Picture8 flipped = Augment(picture, {}, StreamOf(i));
    EXPECT_EQ(Augment(picture, {true, 0.2, 5, 0}, StreamOf(i)).rgb,
              Augment(flipped, {false, 0.2, 5, 0}, StreamOf(i)).rgb);
    const Picture8 cropped = Augment(picture, {false, 0.2, 0, 0}, StreamOf(i));
    EXPECT_EQ(Augment(picture, {false, 0.2, 0, 0.3}, StreamOf(i)).rgb,
              Augment(cropped, {false, 0, 0, 0.3}, StreamOf(i)).rgb);
  }
}

// A cut is scaled alike in both directions (aspect kept), stays inside, and takes no more than was
// said.
TEST(Augment, ACropKeepsTheAspectAndTheShare) {
  const Picture8 picture = Places(80, 120);
  double least = 1, most = 0, leftmost = 0, rightmost = 0;
  for (uint64_t i = 0; i < 200; ++i) {
    const Picture8 out = Augment(picture, {false, 0.4, 0, 0}, StreamOf(i));
    const Steps steps = StepsOf(out);
    EXPECT_NEAR(steps.right_y, 0, 1e-9);
    EXPECT_NEAR(steps.right_x * 120, steps.down_y * 120, 1.5)
        << "a pixel of the longer side, and roundings";
    least = std::min(least, steps.right_x);
    most = std::max(most, steps.right_x);
    leftmost = std::min(leftmost, PlaceOf(out, 0, 0).first);
    rightmost = std::max(rightmost, PlaceOf(out, 0, 119).first);
  }
  EXPECT_NEAR(least, 0.6, 0.02);
  EXPECT_NEAR(most, 1, 0.02);
  EXPECT_NEAR(leftmost, -59.5, 1) << "all places inside";
  EXPECT_NEAR(rightmost, 59.5, 1);
}

TEST(Augment, ARotationKeepsTheAspectAndTheAngle) {
  double least = 0, most = 0;
  for (uint64_t i = 0; i < 200; ++i) {
    const Steps steps = StepsOf(Augment(Places(80, 120), {false, 0, 12, 0}, StreamOf(i)));
    EXPECT_NEAR(steps.right_x, steps.down_y, 0.015);
    EXPECT_NEAR(steps.right_y, -steps.down_x, 0.015);
    const double degrees = std::atan2(steps.right_y, steps.right_x) * 180 / std::numbers::pi;
    least = std::min(least, degrees);
    most = std::max(most, degrees);
  }
  EXPECT_NEAR(least, -12, 0.7);
  EXPECT_NEAR(most, 12, 0.7);
}

// Content comes from inside the picture: of the half pixel at the border it is that of the border.
TEST(Augment, NothingIsFilledIn) {
  for (uint64_t i = 0; i < 300; ++i) {
    Stream random = StreamOf(i);
    const int height = 1 + static_cast<int>(random.Below(90)),
              width = 1 + static_cast<int>(random.Below(90));
    const Picture8 out = Augment(Filled(height, width, 255), {true, 0.5, 45, 0}, random);
    EXPECT_EQ(*std::ranges::min_element(out.rgb), 255);
  }
  for (uint64_t i = 0; i < 100; ++i) {
    const Picture8 out = Augment(Places(100, 100), {false, 0.2, 45, 0}, StreamOf(i));
    for (const int y : {0, 99}) {
      for (const int x : {0, 99}) {
        const auto [from_x, from_y] = PlaceOf(out, y, x);
        // Were the corner outside, replication would pull the steps from corner to corner together.
        const Steps steps = StepsOf(out);
        EXPECT_NEAR(steps.right_x, steps.down_y, 0.02);
        EXPECT_LE(std::max(std::abs(from_x), std::abs(from_y)), 49.5);
      }
    }
  }
}

double Grey(const Picture8& picture) {
  double sum = 0;
  for (size_t i = 0; i < picture.rgb.size(); i += 3)
    sum += 0.299 * picture.rgb[i] + 0.587 * picture.rgb[i + 1] + 0.114 * picture.rgb[i + 2];
  return sum;
}

int SpreadOf(const Picture8& picture) {
  const auto [least, most] = std::ranges::minmax_element(picture.rgb);
  return *most - *least;
}

// A grey picture has no saturation, a flat one no contrast: what is left is the brightness, of 1 +-
// 0.25.
TEST(Augment, ColourOfAFlatGreyIsItsBrightness) {
  double least = 255, most = 0;
  for (uint64_t i = 0; i < 200; ++i) {
    const Picture8 out = Augment(Filled(4, 4, 100), {false, 0, 0, 0.25}, StreamOf(i));
    EXPECT_LE(SpreadOf(out), 1);
    least = std::min<double>(least, out.rgb[0]);
    most = std::max<double>(most, out.rgb[0]);
  }
  EXPECT_NEAR(least, 75, 2);
  EXPECT_NEAR(most, 125, 2);
}

// Four pixels: two greys and two reds. Brightness moves the mean, contrast also the distance of the
// greys, saturation also that of the channels.
TEST(Augment, ContrastAndSaturationAreWithinTheirShares) {
  const Picture8 picture{1, 4, {60, 60, 60, 150, 150, 150, 150, 60, 60, 150, 60, 60}};
  std::vector<double> contrasts, saturations;
  for (uint64_t i = 0; i < 500; ++i) {
    const Picture8 out = Augment(picture, {false, 0, 0, 0.25}, StreamOf(i));
    const double brightness = Grey(out) / Grey(picture), greys = (out.rgb[3] - out.rgb[0]) / 90.0;
    contrasts.push_back(greys / brightness);
    saturations.push_back((out.rgb[6] - out.rgb[7]) / 90.0 / greys);
  }
  for (const std::vector<double>& factors : {contrasts, saturations}) {
    EXPECT_NEAR(*std::ranges::min_element(factors), 0.75, 0.03);
    EXPECT_NEAR(*std::ranges::max_element(factors), 1.25, 0.03);
  }
}

TEST(Augment, ColoursEndAtBlackAndWhite) {
  for (uint64_t i = 0; i < 100; ++i) {
    const Picture8 white = Augment(Filled(2, 2, 255), {false, 0, 0, 1}, StreamOf(i));
    const Picture8 black = Augment(Filled(2, 2, 0), {false, 0, 0, 1}, StreamOf(i));
    EXPECT_EQ(black.rgb, Filled(2, 2, 0).rgb);
    EXPECT_LE(SpreadOf(white), 1);
  }
}

TEST(Augment, ValuesOutOfRangeAreNamed) {
  RequireValid({});
  RequireValid({true, 0.99, 45, 1});
  for (const auto& [augmentation, name] :
       std::vector<std::pair<Augmentation, std::string>>{{{true, 1, 0, 0}, "crop is 1"},
                                                         {{true, 0, -1, 0}, "rotate is -1"},
                                                         {{true, 0, 0, NAN}, "colour is nan"}}) {
    try {
      RequireValid(augmentation);
      FAIL() << name;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      EXPECT_THAT(error.what(), testing::HasSubstr(name));
    }
  }
}

}  // namespace
}  // namespace kallos::image
