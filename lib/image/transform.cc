#include "lib/image/transform.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>
#include <opencv2/photo.hpp>

#include "lib/core/error.h"
#include "lib/image/opencv.h"

namespace kallos::image {
namespace {

constexpr double kCropSpan = 0.05;  // between the least and the most area that a severity keeps
constexpr int kMostSide = 32000;    // of what is rotated: OpenCV counts pixels in 16 bits

uint8_t ToByte(double value) {
  return static_cast<uint8_t>(std::lround(std::clamp(value, 0.0, 255.0)));
}

// From places in the upright `height` x `width` cut to places in the picture, both counted from
// pixel centres.
cv::Matx23d BackRotation(const Picture8& picture, int height, int width, double degrees) {
  const double angle = degrees * std::numbers::pi / 180, c = std::cos(angle), s = std::sin(angle);
  const double x = (width - 1) / 2.0, y = (height - 1) / 2.0;
  return {c, -s, (picture.width - 1) / 2.0 - c * x + s * y,
          s, c,  (picture.height - 1) / 2.0 - s * x - c * y};
}

}  // namespace

double StrengthOf(Transform transform, int severity) {
  using Strengths = std::array<double, kSeverities>;
  const auto of = [&](const Strengths& strengths) {
    return strengths.at(static_cast<size_t>(severity) - 1);
  };
  switch (transform) {
    case Transform::kRotate:
      return of({1, 2, 4, 8, 16});
    case Transform::kCrop:
      return of({0.95, 0.85, 0.7, 0.55, 0.4});  // least share of the area
    case Transform::kDenoise:
      return of({3, 6, 10, 15, 20});
    case Transform::kBlur:
      return of({3, 5, 7, 11, 15});
    case Transform::kNoise:
      return of({0.4, 5, 10, 20, 40});
    case Transform::kSharpness:
      return of({0.25, 0.5, 1, 2, 4});
  }
  throw BugError("transform");
}

Picture8 Apply(const Picture8& picture, Transform transform, int severity, Stream stream) {
  const double strength = StrengthOf(transform, severity);
  switch (transform) {
    case Transform::kRotate:
      return Rotate(picture, strength);
    case Transform::kCrop:
      return Crop(picture, strength, strength + kCropSpan, stream);
    case Transform::kDenoise:
      return Denoise(picture, strength);
    case Transform::kBlur:
      return Blur(picture, static_cast<int>(strength));
    case Transform::kNoise:
      return AddNoise(picture, strength, stream);
    case Transform::kSharpness:
      return Sharpen(picture, strength);
  }
  throw BugError("transform");
}

// Either the corners of the cut touch all four sides, or, where the picture is too narrow for that,
// two opposite corners touch the long sides in the middle.
RectangleSize LargestUpright(double height, double width, double degrees) {
  const double angle = std::abs(degrees) * std::numbers::pi / 180, c = std::cos(angle),
               s = std::sin(angle);
  const double shorter = std::min(height, width), longer = std::max(height, width);
  if (shorter <= 2 * s * c * longer) {
    const double across = shorter / (2 * s), along = shorter / (2 * c);
    return width > height ? RectangleSize{along, across} : RectangleSize{across, along};
  }
  const double cosine_of_twice = c * c - s * s;
  return {(height * c - width * s) / cosine_of_twice, (width * c - height * s) / cosine_of_twice};
}

void RequireRotatable(const Picture8& picture) {
  if (std::max(picture.height, picture.width) <= kMostSide) return;
  throw InputError("too large to be rotated: {} x {} pixels, at most {} a side", picture.width,
                   picture.height, kMostSide);
}

Picture8 Rotate(const Picture8& picture, double degrees) {
  RequireRotatable(picture);
  const RectangleSize inside = LargestUpright(picture.height, picture.width, degrees);
  const int height = std::max(1, static_cast<int>(inside.height)),
            width = std::max(1, static_cast<int>(inside.width));
  cv::Mat rotated;
  cv::warpAffine(MatOf(picture), rotated, BackRotation(picture, height, width, degrees),
                 {width, height}, cv::INTER_LINEAR | cv::WARP_INVERSE_MAP);
  return PictureOf(rotated);
}

Picture8 Crop(const Picture8& picture, double least, double most, Stream stream) {
  const double scale = std::sqrt(stream.Uniform(least, most));
  const int height = std::max(1, static_cast<int>(picture.height * scale));
  const int width = std::max(1, static_cast<int>(picture.width * scale));
  const auto top =
      static_cast<int>(stream.Below(static_cast<uint64_t>(picture.height - height) + 1));
  const auto left =
      static_cast<int>(stream.Below(static_cast<uint64_t>(picture.width - width) + 1));
  return PictureOf(MatOf(picture)(cv::Rect(left, top, width, height)).clone());
}

Picture8 Denoise(const Picture8& picture, double strength) {
  const auto h = static_cast<float>(strength);
  constexpr int kTemplate = 7, kSearch = 21;
  cv::Mat bgr, denoised, rgb;
  cv::cvtColor(MatOf(picture), bgr,
               cv::COLOR_RGB2BGR);  // luminance is not the same in the other order
  cv::fastNlMeansDenoisingColored(bgr, denoised, h, h, kTemplate, kSearch);
  cv::cvtColor(denoised, rgb, cv::COLOR_BGR2RGB);
  return PictureOf(rgb);
}

Picture8 Blur(const Picture8& picture, int side) {
  cv::Mat blurred;
  cv::blur(MatOf(picture), blurred, {side, side});
  return PictureOf(blurred);
}

PictureF SharpenUnclipped(const Picture8& picture, double amount) {
  const auto a = static_cast<float>(amount);
  const cv::Matx33f kernel(-a, -a, -a, -a, 1 + 8 * a, -a, -a, -a, -a);
  PictureF out{picture.height, picture.width, std::vector<float>(picture.rgb.size())};
  cv::Mat sharp(out.height, out.width, CV_32FC3, out.rgb.data());
  cv::filter2D(MatOf(picture), sharp, CV_32F, kernel);
  return out;
}

Picture8 Sharpen(const Picture8& picture, double amount) {
  const PictureF sharp = SharpenUnclipped(picture, amount);
  Picture8 out{picture.height, picture.width, std::vector<uint8_t>(picture.rgb.size())};
  std::ranges::transform(sharp.rgb, out.rgb.begin(), ToByte);
  return out;
}

Picture8 AddNoise(const Picture8& picture, double sd, Stream stream) {
  Picture8 out = picture;
  for (uint8_t& value : out.rgb) value = ToByte(value + sd * stream.Normal());
  return out;
}

}  // namespace kallos::image
