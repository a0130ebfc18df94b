#include "lib/image/demo_flaws.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>

namespace kallos::image {
namespace {

constexpr int kFlaws = 8;

void DefocusOrShake(Canvas& canvas, Stream& random) {
  if (random.Uniform() < 0.5) return canvas.Soften(canvas.Unit() * random.Uniform(0.008, 0.018));
  const int length = std::max(5, static_cast<int>(canvas.Unit() * random.Uniform(0.03, 0.07)));
  const double angle = random.Uniform(0, std::numbers::pi);
  cv::Mat kernel = cv::Mat::zeros(length, length, CV_32F);
  for (int i = 0; i < length; ++i) {
    const double along = i - (length - 1) / 2.0;
    kernel.at<float>(static_cast<int>(std::lround((length - 1) / 2.0 + along * std::sin(angle))),
                     static_cast<int>(std::lround((length - 1) / 2.0 + along * std::cos(angle)))) +=
        1.0f / static_cast<float>(length);
  }
  cv::filter2D(canvas.rgb, canvas.rgb, -1, kernel, {-1, -1}, 0, cv::BORDER_REFLECT_101);
}

void AddNoise(Canvas& canvas, Stream& random) {
  const double strength = random.Uniform(0.10, 0.20);
  for (Color& pixel : cv::Mat_<Color>(canvas.rgb)) {
    for (int c = 0; c < 3; ++c) pixel[c] += static_cast<float>(strength * random.Normal());
  }
}

// Turns and enlarges, so that no corner is empty.
void Tilt(Canvas& canvas, Stream& random) {
  const double degrees = random.Uniform(6, 14) * (random.Uniform() < 0.5 ? -1 : 1);
  const double turn = std::abs(degrees) * std::numbers::pi / 180;
  const double longer = std::max(canvas.width(), canvas.height());
  const double scale = std::cos(turn) + std::sin(turn) * longer / canvas.Unit();
  const cv::Mat matrix = cv::getRotationMatrix2D(
      cv::Point2f(static_cast<float>(canvas.width()) / 2, static_cast<float>(canvas.height()) / 2),
      degrees, scale);
  cv::Mat turned;
  cv::warpAffine(canvas.rgb, turned, matrix, canvas.rgb.size(), cv::INTER_LINEAR,
                 cv::BORDER_REFLECT_101);
  canvas.rgb = turned;
}

void Tint(Canvas& canvas, Stream& random) {
  static const std::vector<Color> kCasts = {
      {1.25f, 0.95f, 0.50f}, {0.60f, 0.95f, 1.30f}, {0.75f, 1.25f, 0.70f}, {1.25f, 0.70f, 1.15f}};
  const Color cast = kCasts[random.Below(kCasts.size())];
  for (Color& pixel : cv::Mat_<Color>(canvas.rgb)) pixel = pixel.mul(cast);
}

void Expose(Canvas& canvas, float gain, float lift) {
  for (Color& pixel : cv::Mat_<Color>(canvas.rgb)) pixel = pixel * gain + Color(lift, lift, lift);
}

}  // namespace

std::string FlawName(Flaw flaw) {
  static const std::vector<std::string> kNames = {"none",           "blur",        "noise",
                                                  "underexposed",   "overexposed", "tilted",
                                                  "badly_composed", "blocky",      "color_cast"};
  return kNames[static_cast<size_t>(flaw)];
}

std::vector<Flaw> DrawFlaws(Stream& random) {
  std::vector<Flaw> flaws{static_cast<Flaw>(1 + random.Below(kFlaws))};
  const auto second = static_cast<Flaw>(1 + random.Below(kFlaws));
  const auto exposes = [](Flaw flaw) {
    return flaw == Flaw::kUnderexposed || flaw == Flaw::kOverexposed;
  };
  const bool fits = second != flaws[0] && !(exposes(second) && exposes(flaws[0]));
  if (random.Uniform() < 0.35 && fits) flaws.push_back(second);
  std::sort(flaws.begin(), flaws.end());
  return flaws;
}

Composition DrawComposition(Stream& random, bool good) {
  const bool right = random.Uniform() < 0.5;
  const bool low = random.Uniform() < 0.65;
  if (good) {
    return {(right ? 0.667 : 0.333) + random.Uniform(-0.02, 0.02),
            (low ? 0.64 : 0.42) + random.Uniform(-0.02, 0.02), random.Uniform(0.9, 1.1)};
  }
  if (random.Uniform() < 0.5)
    return {right ? 1.02 : -0.02, low ? 0.90 : 0.15, random.Uniform(1.3, 1.8)};
  return {random.Uniform(0.47, 0.53), low ? 0.52 : 0.88, random.Uniform(0.3, 0.45)};
}

void ApplyFlaw(Canvas& canvas, Stream& random, Flaw flaw) {
  if (flaw == Flaw::kBlur) DefocusOrShake(canvas, random);
  if (flaw == Flaw::kNoise) AddNoise(canvas, random);
  if (flaw == Flaw::kUnderexposed) Expose(canvas, static_cast<float>(random.Uniform(0.12, 0.3)), 0);
  if (flaw == Flaw::kOverexposed)
    Expose(canvas, static_cast<float>(random.Uniform(1.8, 2.6)), 0.18f);
  if (flaw == Flaw::kTilted) Tilt(canvas, random);
  if (flaw == Flaw::kColorCast) Tint(canvas, random);
}

}  // namespace kallos::image
