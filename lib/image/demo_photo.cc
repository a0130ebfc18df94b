#include "lib/image/demo_photo.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/image/demo_flaws.h"
#include "lib/image/demo_scenes.h"
#include "lib/image/opencv.h"

namespace kallos::image {
namespace {

cv::Size DrawSize(Stream& random) {
  const int longer = 480 + 16 * static_cast<int>(random.Below(11));
  const int shorter = random.Uniform() < 0.5 ? longer * 2 / 3 : longer * 3 / 4;
  return random.Uniform() < 0.35 ? cv::Size(shorter, longer) : cv::Size(longer, shorter);
}

// What every lens and sensor does: darker corners and a little grain.
cv::Mat Develop(Canvas& canvas, Stream& random) {
  cv::Mat bytes(canvas.height(), canvas.width(), CV_8UC3);
  for (int y = 0; y < bytes.rows; ++y) {
    for (int x = 0; x < bytes.cols; ++x) {
      const double dx = 2.0 * x / bytes.cols - 1, dy = 2.0 * y / bytes.rows - 1;
      const double corner = 1 - 0.11 * (dx * dx + dy * dy);
      const double grain = 0.008 * random.Normal();
      for (int c = 0; c < 3; ++c) {
        const double value =
            std::clamp(canvas.rgb.at<Color>(y, x)[2 - c] * corner + grain, 0.0, 1.0);
        bytes.at<cv::Vec3b>(y, x)[c] = static_cast<uint8_t>(std::lround(255 * value));
      }
    }
  }
  return bytes;
}

std::vector<uint8_t> Encode(const cv::Mat& bgr, int quality) {
  std::vector<uint8_t> bytes;
  KALLOS_CHECK(cv::imencode(".jpg", bgr, bytes, {cv::IMWRITE_JPEG_QUALITY, quality}),
               "encoding a JPEG");
  return bytes;
}

// Stored so that a viewer which follows the EXIF orientation shows it upright.
cv::Mat Stored(const cv::Mat& upright, int orientation) {
  cv::Mat stored;
  if (orientation == 1) return upright;
  const int turn = orientation == 3   ? cv::ROTATE_180
                   : orientation == 6 ? cv::ROTATE_90_COUNTERCLOCKWISE
                                      : cv::ROTATE_90_CLOCKWISE;
  cv::rotate(upright, stored, turn);
  return stored;
}

// The JPEG with an EXIF segment of one tag behind its start marker.
std::string WithOrientation(const std::vector<uint8_t>& jpeg, int orientation) {
  std::string bytes(jpeg.begin(), jpeg.end());
  if (orientation == 1) return bytes;
  std::string exif(
      "\xFF\xE1\0\x22"
      "Exif\0\0"
      "MM\0\x2A\0\0\0\x08"
      "\0\x01"
      "\x01\x12\0\x03\0\0\0\x01\0\0\0\0"
      "\0\0\0\0",
      36);
  exif[29] = static_cast<char>(orientation);
  return bytes.insert(2, exif);
}

int DrawOrientation(Stream& random) {
  constexpr int kTurned[] = {3, 6, 8};
  const bool turned = random.Uniform() < 0.2;
  const int orientation = kTurned[random.Below(3)];
  return turned ? orientation : 1;
}

std::string NamesOf(const std::vector<Flaw>& flaws) {
  std::vector<std::string> names;
  for (const Flaw flaw : flaws) names.push_back(FlawName(flaw));
  return Join(names, "+");
}

}  // namespace

DemoPhoto MakeDemoPhoto(Stream random, bool good) {
  PrepareOpenCv();
  const Scene& scene = Scenes()[random.Below(Scenes().size())];
  const std::vector<Flaw> flaws = good ? std::vector<Flaw>{Flaw::kNone} : DrawFlaws(random);
  const auto has = [&](Flaw flaw) { return std::ranges::find(flaws, flaw) != flaws.end(); };
  const cv::Size size = DrawSize(random);
  Canvas canvas(size.height, size.width);
  scene.paint(canvas, random, DrawComposition(random, !has(Flaw::kBadlyComposed)));
  for (const Flaw flaw : flaws) ApplyFlaw(canvas, random, flaw);
  cv::Mat picture = Develop(canvas, random);
  if (has(Flaw::kBlocky)) {
    const int quality = 4 + static_cast<int>(random.Below(7));
    picture = cv::imdecode(Encode(picture, quality), cv::IMREAD_COLOR);
  }
  const int orientation = DrawOrientation(random);
  return {scene.name, NamesOf(flaws), size.width, size.height,
          WithOrientation(Encode(Stored(picture, orientation), 92), orientation)};
}

}  // namespace kallos::image
