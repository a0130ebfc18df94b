#include "lib/image/augment.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>

#include "lib/core/error.h"
#include "lib/image/opencv.h"
#include "lib/image/transform.h"

namespace kallos::image {
namespace {

// All that is random about one augmentation, drawn whether it is used or not.
struct Draws {
  explicit Draws(Stream& stream)
      : mirrored(stream.Uniform() < 0.5),
        angle(stream.Uniform(-1, 1)),
        cut(stream.Uniform()),
        down(stream.Uniform(-1, 1)),
        right(stream.Uniform(-1, 1)),
        brightness(stream.Uniform(-1, 1)),
        contrast(stream.Uniform(-1, 1)),
        saturation(stream.Uniform(-1, 1)) {}

  bool mirrored;
  double angle, cut, down, right, brightness, contrast, saturation;
};

// Turns about the centre, and brings a cut of the picture's own aspect that lies inside to the
// picture's size.
Picture8 Reframe(const Picture8& picture, const Augmentation& augmentation, const Draws& draws) {
  RequireRotatable(picture);
  const double h = picture.height, w = picture.width, degrees = draws.angle * augmentation.rotate;
  const RectangleSize inside = LargestUpright(h, w, degrees);
  const double scale =
      std::min(inside.height / h, inside.width / w) * (1 - draws.cut * augmentation.crop);
  const double down = draws.down * (inside.height - scale * h) / 2,
               right = draws.right * (inside.width - scale * w) / 2;
  // From places in the result to places in the picture, both from their centres: scaled, moved,
  // turned.
  const double angle = degrees * std::numbers::pi / 180, c = std::cos(angle), s = std::sin(angle);
  const double x = (w - 1) / 2, y = (h - 1) / 2;
  const double from_x = right - scale * x, from_y = down - scale * y;
  const cv::Matx23d back(scale * c, -scale * s, x + c * from_x - s * from_y, scale * s, scale * c,
                         y + s * from_x + c * from_y);
  Picture8 out{picture.height, picture.width, std::vector<uint8_t>(picture.rgb.size())};
  cv::Mat target = MatOf(out);
  // The outer half of the pixels at the border lies beyond the outermost centres.
  cv::warpAffine(MatOf(picture), target, back, target.size(),
                 cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_REPLICATE);
  return out;
}

// Away from the pixel's grey (saturation), from the mean grey (contrast), from black (brightness):
// linear in the pixel, and rounded once. Greys by ITU-R BT.601.
Picture8 Recolour(const Picture8& picture, double colour, const Draws& draws) {
  const auto factor = [&](double draw) { return 1 + colour * draw; };
  const double saturation = factor(draws.saturation), contrast = factor(draws.contrast);
  const double brightness = factor(draws.brightness);
  const cv::Matx13d to_grey(0.299, 0.587, 0.114);
  const cv::Scalar mean = cv::mean(MatOf(picture));
  const double mean_grey = (to_grey * cv::Matx31d(mean[0], mean[1], mean[2]))(0);
  cv::Matx34d change;
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j)
      change(i, j) =
          brightness * contrast * ((1 - saturation) * to_grey(j) + (i == j ? saturation : 0));
    change(i, 3) = brightness * (1 - contrast) * mean_grey;
  }
  Picture8 out{picture.height, picture.width, std::vector<uint8_t>(picture.rgb.size())};
  cv::Mat target = MatOf(out);
  cv::transform(MatOf(picture), target, change);
  return out;
}

}  // namespace

void RequireValid(const Augmentation& augmentation) {
  const auto require = [](const char* name, double value, bool valid, const char* range) {
    if (!valid)
      throw UsageError("augmentation: {} is {}, expected a number {}", name, value, range);
  };
  const auto [flip, crop, rotate, colour] = augmentation;
  require("crop", crop, crop >= 0 && crop < 1, "from 0 to below 1 (share of each side)");
  require("rotate", rotate, rotate >= 0 && rotate <= 45, "from 0 to 45 (degrees)");
  require("colour", colour, colour >= 0 && colour <= 1, "from 0 to 1 (share)");
}

Picture8 Mirror(const Picture8& picture) {
  Picture8 out{picture.height, picture.width, std::vector<uint8_t>(picture.rgb.size())};
  cv::Mat target = MatOf(out);
  cv::flip(MatOf(picture), target, 1);
  return out;
}

Picture8 Augment(const Picture8& picture, const Augmentation& augmentation, Stream stream) {
  const Draws draws(stream);
  Picture8 out = augmentation.flip && draws.mirrored ? Mirror(picture) : picture;
  if (augmentation.crop > 0 || augmentation.rotate > 0) out = Reframe(out, augmentation, draws);
  if (augmentation.colour > 0) out = Recolour(out, augmentation.colour, draws);
  return out;
}

}  // namespace kallos::image
