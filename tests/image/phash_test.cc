#include "lib/image/phash.h"

#include <gtest/gtest.h>

#include "lib/image/image.h"
#include "tests/image/encode.h"

namespace kallos::image {
namespace {

// Coarse structure and fine, as photographs have.
Picture8 Textured(uint64_t seed) {
  Stream random(seed, "tests/image/phash");
  cv::Mat sum = cv::Mat::zeros(240, 320, CV_32FC3);
  for (int cells = 3; cells <= 48; cells *= 2) {
    cv::Mat coarse(cells, cells, CV_32FC3);
    for (cv::Vec3f& pixel : cv::Mat_<cv::Vec3f>(coarse))
      pixel = cv::Vec3f::all(static_cast<float>(random.Uniform(0, 255)));
    cv::Mat fine;
    cv::resize(coarse, fine, sum.size(), 0, 0, cv::INTER_CUBIC);
    sum += fine * 0.2;
  }
  cv::Mat bytes;
  sum.convertTo(bytes, CV_8UC3);
  return {240, 320, std::vector<uint8_t>(bytes.data, bytes.data + bytes.total() * 3)};
}

Picture8 Resized(const Picture8& picture, int height, int width) {
  const cv::Mat from(picture.height, picture.width, CV_8UC3,
                     const_cast<uint8_t*>(picture.rgb.data()));
  Picture8 out{height, width, std::vector<uint8_t>(static_cast<size_t>(height * width * 3))};
  cv::Mat to(height, width, CV_8UC3, out.rgb.data());
  cv::resize(from, to, to.size(), 0, 0, cv::INTER_AREA);
  return out;
}

TEST(PerceptualHash, CopiesAreNearStrangersFar) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const Picture8 picture = Textured(seed);
    const auto hash = PerceptualHash(picture);
    const Picture8 recoded =
        Decode(Encode(picture, ".jpg", {cv::IMWRITE_JPEG_QUALITY, 60}), {}).value();
    EXPECT_LE(HammingDistance(hash, PerceptualHash(recoded)), 16);
    EXPECT_LE(HammingDistance(hash, PerceptualHash(Resized(picture, 150, 200))), 20);
    EXPECT_GE(HammingDistance(hash, PerceptualHash(Textured(seed + 1000))), 80);
  }
}

TEST(HammingDistance, CountsBits) {
  EXPECT_EQ(HammingDistance({1, 2, 3, 4}, {1, 2, 3, 4}), 0);
  EXPECT_EQ(HammingDistance({0, 0, 0, 0}, {~uint64_t{0}, 1, 0, uint64_t{3} << 62}), 67);
}

TEST(PerceptualHash, SmallestPictures) {
  EXPECT_EQ(PerceptualHash({1, 1, {9, 9, 9}}), PerceptualHash({2, 1, {9, 9, 9, 9, 9, 9}}));
}

}  // namespace
}  // namespace kallos::image
