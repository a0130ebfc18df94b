#include "lib/image/published_transform.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "lib/image/image.h"
#include "tests/image/encode.h"

namespace kallos::image {
namespace {

using enum Transform;

Stream StreamOf(uint64_t index) {
  return {1, "tests/image/published", index};
}

// P(N(0, 0.4) <= -1) = P(N >= 1) = 0.00621; the tolerance is four standard deviations.
TEST(AddSalt, RatesOfTheCast) {
  const Picture8 grey{500, 700, std::vector<uint8_t>(500 * 700 * 3, 100)};
  const Picture8 out = AddSalt(grey, StreamOf(1));
  const auto share = [&](int value) {
    return static_cast<double>(std::ranges::count(out.rgb, value)) /
           static_cast<double>(out.rgb.size());
  };
  constexpr double kRate = 0.006210, kTolerance = 0.0003;
  EXPECT_NEAR(share(255), kRate, kTolerance);
  EXPECT_NEAR(share(101), kRate, kTolerance);
  EXPECT_NEAR(share(100), 1 - 2 * kRate, 2 * kTolerance);
  EXPECT_EQ(share(255) + share(101) + share(100), 1);
}

// Made with Python's math from the published recipe.
TEST(PublishedUpright, IsRightForSquaresOnly) {
  const RectangleSize square = PublishedUpright(600, 600, 1), proper = LargestUpright(600, 600, 1);
  EXPECT_NEAR(square.width, proper.width, 1e-9);
  EXPECT_NEAR(square.height, proper.height, 1e-9);
  const RectangleSize wide = PublishedUpright(664, 996, 1);
  EXPECT_NEAR(wide.width, 973.26793, 1e-4);
  EXPECT_NEAR(wide.height, 647.11269, 1e-4);
  const RectangleSize wide_proper = LargestUpright(664, 996, 1);
  EXPECT_LT(wide.width, wide_proper.width - 10);
  EXPECT_GT(wide.height, wide_proper.height) << "so the published cut keeps a trace of black";
}

TEST(ApplyAsPublished, RotationChangesTheSizeOfTheInput) {
  const auto size_of = [](int height, int width) {
    const PictureF out = ApplyAsPublished(SmoothPicture(height, width), kRotate, StreamOf(1));
    return std::pair(out.height, out.width);
  };
  EXPECT_EQ(size_of(600, 600), std::pair(589, 589));
  EXPECT_EQ(size_of(664, 996), std::pair(647, 973));
}

TEST(ApplyAsPublished, SharpeningLeavesTheRange) {
  const PictureF out =
      ApplyAsPublished(AddSalt(SmoothPicture(60, 60), StreamOf(2)), kSharpness, StreamOf(1));
  EXPECT_LT(*std::ranges::min_element(out.rgb), 0);
  EXPECT_GT(*std::ranges::max_element(out.rgb), 255);
}

TEST(ApplyAsPublished, TheRestIsASeverityOfTheProperOne) {
  const Picture8 picture = SmoothPicture(60, 90);
  for (const auto& [transform, severity] :
       {std::pair(kCrop, 2), std::pair(kDenoise, 3), std::pair(kBlur, 3)}) {
    const PictureF expected = ToFloat(Apply(picture, transform, severity, StreamOf(1)));
    EXPECT_EQ(ApplyAsPublished(picture, transform, StreamOf(1)).rgb, expected.rgb);
  }
}

TEST(ApplyAsPublished, TakesATinyPicture) {
  const Picture8 pixel{1, 1, {1, 2, 3}};
  for (const Transform transform : {kRotate, kCrop, kDenoise, kBlur, kNoise, kSharpness})
    EXPECT_NO_THROW(ApplyAsPublished(pixel, transform, StreamOf(1)));
}

}  // namespace
}  // namespace kallos::image
