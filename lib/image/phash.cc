#include "lib/image/phash.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "lib/image/opencv.h"

namespace kallos::image {
namespace {

constexpr int kSide = 64;  // of the small grey picture
constexpr int kKept = 16;  // frequencies per direction

cv::Mat SmallGrey(const Picture8& picture) {
  cv::Mat small;
  cv::resize(MatOf(picture), small, {kSide, kSide}, 0, 0, cv::INTER_AREA);
  cv::Mat grey;
  cv::cvtColor(small, grey, cv::COLOR_RGB2GRAY);
  grey.convertTo(grey, CV_32F);
  return grey;
}

// Frequencies 1..16 in each direction: without the means, which say little and vary much.
std::vector<float> LowFrequencies(const Picture8& picture) {
  cv::Mat spectrum;
  cv::dct(SmallGrey(picture), spectrum);
  std::vector<float> values;
  for (int y = 1; y <= kKept; ++y)
    values.insert(values.end(), spectrum.ptr<float>(y) + 1, spectrum.ptr<float>(y) + 1 + kKept);
  return values;
}

float Median(std::vector<float> values) {
  const auto middle = values.begin() + values.size() / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

std::array<uint64_t, 4> PerceptualHash(const Picture8& picture) {
  const std::vector<float> values = LowFrequencies(picture);
  const float median = Median(values);
  std::array<uint64_t, 4> hash{};
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] > median) hash[i / 64] |= uint64_t{1} << (i % 64);
  }
  return hash;
}

}  // namespace kallos::image
