#include "lib/image/published_transform.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>

#include "lib/core/error.h"
#include "lib/image/bilinear.h"
#include "lib/image/image.h"
#include "lib/image/opencv.h"

namespace kallos::image {
namespace {

constexpr double kDegrees = 1;
constexpr double kNoiseSd = 0.4;

// The rotated picture on a canvas that holds it all, black elsewhere.
cv::Mat OnCanvas(const cv::Mat& picture) {
  const double angle = kDegrees * std::numbers::pi / 180, c = std::cos(angle), s = std::sin(angle);
  const auto width = static_cast<int>(picture.cols * c + picture.rows * s);
  const auto height = static_cast<int>(picture.rows * c + picture.cols * s);
  const cv::Point2f centre(static_cast<float>(picture.cols) / 2,
                           static_cast<float>(picture.rows) / 2);
  cv::Matx23d rotation = cv::getRotationMatrix2D(centre, kDegrees, 1);
  rotation(0, 2) += std::trunc((width - picture.cols) / 2.0);
  rotation(1, 2) += std::trunc((height - picture.rows) / 2.0);
  cv::Mat canvas;
  cv::warpAffine(picture, canvas, rotation, {width, height}, cv::INTER_LINEAR);
  return canvas;
}

// `size` about the centre, both as whole pixels, or all there is.
cv::Mat CentreCut(const cv::Mat& picture, const RectangleSize& size) {
  const int x = picture.cols / 2, y = picture.rows / 2;
  const double half_width = std::min<double>(size.width, picture.cols) / 2;
  const double half_height = std::min<double>(size.height, picture.rows) / 2;
  const cv::Point begin(static_cast<int>(x - half_width), static_cast<int>(y - half_height));
  const cv::Point end(static_cast<int>(x + half_width), static_cast<int>(y + half_height));
  return picture(cv::Rect(begin, end)).clone();
}

PictureF RotateAsPublished(const Picture8& input) {
  RequireRotatable(input);
  const cv::Mat cut =
      CentreCut(OnCanvas(MatOf(input)), PublishedUpright(input.height, input.width, kDegrees));
  return {cut.rows, cut.cols, std::vector<float>(cut.data, cut.data + 3 * cut.total())};
}

}  // namespace

RectangleSize PublishedUpright(double height, double width, double degrees) {
  const double alpha = degrees * std::numbers::pi / 180;
  const double box_width = width * std::cos(alpha) + height * std::sin(alpha);
  const double box_height = width * std::sin(alpha) + height * std::cos(alpha);
  constexpr double kGamma = std::numbers::pi / 4;  // should be atan2(box_width, box_height)
  const double delta = std::numbers::pi - alpha - kGamma;
  const double a = std::max(height, width) * std::cos(alpha) * std::sin(alpha) / std::sin(delta);
  const double y = a * std::cos(kGamma), x = y * std::tan(kGamma);
  return {box_height - 2 * y, box_width - 2 * x};
}

Picture8 AddSalt(const Picture8& picture, Stream stream) {
  Picture8 out = picture;
  for (uint8_t& value : out.rgb) {
    const auto whole = static_cast<int>(kNoiseSd * stream.Normal());
    value = static_cast<uint8_t>(std::min(255, value + (whole & 0xff)));
  }
  return out;
}

Picture8 ToMultiplesOfEight(const Picture8& picture) {
  const int height = std::max(16, picture.height / 8 * 8);
  const int width = std::max(16, picture.width / 8 * 8);
  if (height == picture.height && width == picture.width) return picture;
  return ScaleBilinear(picture, height, width);
}

PictureF ApplyAsPublished(const Picture8& input, Transform transform, Stream stream) {
  switch (transform) {
    case Transform::kRotate:
      return RotateAsPublished(input);
    case Transform::kCrop:
      return ToFloat(Crop(input, 0.85, 0.9, stream));
    case Transform::kDenoise:
      return ToFloat(Denoise(input, 10));
    case Transform::kBlur:
      return ToFloat(Blur(input, 7));
    case Transform::kNoise:
      return ToFloat(AddSalt(input, stream));
    case Transform::kSharpness:
      return SharpenUnclipped(input, 1);
  }
  throw BugError("transform");
}

}  // namespace kallos::image
