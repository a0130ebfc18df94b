#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "lib/core/rng.h"
#include "lib/image/image.h"

namespace kallos::image {
namespace {

Picture8 RandomPicture(int height, int width) {
  Stream stream(1, "tests/image/shrink");
  Picture8 picture{height, width, {}};
  for (int i = 0; i < height * width * 3; ++i)
    picture.rgb.push_back(static_cast<uint8_t>(stream.Below(256)));
  return picture;
}

double MeanOf(const Picture8& picture) {
  return std::accumulate(picture.rgb.begin(), picture.rgb.end(), 0.0) /
         static_cast<double>(picture.rgb.size());
}

std::pair<int, int> SizeAfter(int height, int width, int longest) {
  const Picture8 small = Shrink(RandomPicture(height, width), longest);
  EXPECT_EQ(small.rgb.size(),
            static_cast<size_t>(small.height) * static_cast<size_t>(small.width) * 3);
  return {small.height, small.width};
}

TEST(Shrink, TheLongerSideBecomesWhatIsAsked) {
  EXPECT_EQ(SizeAfter(300, 200, 150), std::pair(150, 100));
  EXPECT_EQ(SizeAfter(200, 300, 150), std::pair(100, 150));
  EXPECT_EQ(SizeAfter(1, 1000, 160), std::pair(1, 160));
  EXPECT_EQ(SizeAfter(161, 161, 160), std::pair(160, 160));
  EXPECT_EQ(SizeAfter(90, 160, 160), std::pair(90, 160));
  EXPECT_EQ(SizeAfter(3, 2, 160), std::pair(3, 2));
}

TEST(Shrink, EachPixelIsTheMeanOfThoseItCovers) {
  const Picture8 picture{2, 4, {0, 0, 0, 40, 4, 8, 200, 200, 200, 100, 100, 100,  //
                                0, 0, 0, 40, 4, 8, 0,   0,   0,   100, 100, 100}};
  EXPECT_EQ(Shrink(picture, 2).rgb, (std::vector<uint8_t>{20, 2, 4, 100, 100, 100}));
  const Picture8 large = RandomPicture(480, 640);
  EXPECT_NEAR(MeanOf(Shrink(large, 160)), MeanOf(large), 0.5);
}

TEST(EncodeJpeg, ReadsBack) {
  Picture8 picture{40, 60, std::vector<uint8_t>(40 * 60 * 3)};
  for (size_t i = 0; i < picture.rgb.size(); ++i)
    picture.rgb[i] = static_cast<uint8_t>(i % 3 == 0 ? 200 : 40);
  const std::string bytes = EncodeJpeg(picture, 90);
  const Result<Picture8> read = Decode(bytes, {});
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read.value().width, 60);
  EXPECT_EQ(read.value().height, 40);
  for (size_t i = 0; i < picture.rgb.size(); ++i)
    EXPECT_NEAR(read.value().rgb[i], picture.rgb[i], 4);
  EXPECT_EQ(EncodeJpeg(picture, 90), bytes);
}

}  // namespace
}  // namespace kallos::image
