#include "lib/image/canvas.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace kallos::image {
namespace {

constexpr int kSubpixelBits = 4;  // of positions in OpenCV's drawing

cv::Point Fixed(cv::Point2d point) {
  constexpr double kScale = 1 << kSubpixelBits;
  return {static_cast<int>(std::lround(point.x * kScale)),
          static_cast<int>(std::lround(point.y * kScale))};
}

cv::Mat ToUnit(const cv::Mat& mask) {
  cv::Mat unit;
  mask.convertTo(unit, CV_32F, 1.0 / 255);
  return unit;
}

template <typename F>
void ForEachPixel(cv::Mat& rgb, F change) {
  for (int y = 0; y < rgb.rows; ++y) {
    auto* row = rgb.ptr<Color>(y);
    for (int x = 0; x < rgb.cols; ++x) change(y, x, row[x]);
  }
}

}  // namespace

Color Mix(const Color& a, const Color& b, float share_of_b) {
  return a * (1 - share_of_b) + b * share_of_b;
}

Color Jitter(Stream& random, const Color& color, double amount) {
  Color out;
  for (int c = 0; c < 3; ++c) {
    out[c] = std::clamp(color[c] + static_cast<float>(random.Uniform(-amount, amount)), 0.0f, 1.0f);
  }
  return out;
}

void Canvas::Gradient(const std::vector<Color>& stops, double top, double bottom) {
  const int first = static_cast<int>(top * height());
  const int last = std::min(static_cast<int>(std::ceil(bottom * height())), height());
  for (int y = std::max(first, 0); y < last; ++y) {
    const double place =
        static_cast<double>(y - first) / std::max(last - first, 1) * (stops.size() - 1);
    const size_t stop = std::min(static_cast<size_t>(place), stops.size() - 2);
    const Color color = Mix(stops[stop], stops[stop + 1], static_cast<float>(place - stop));
    std::fill_n(rgb.ptr<Color>(y), width(), color);
  }
}

cv::Mat Canvas::Noise(Stream& random, double cell, int octaves) const {
  cv::Mat sum = cv::Mat::zeros(height(), width(), CV_32F);
  double strength = 0.6;
  for (int octave = 0; octave < octaves; ++octave, strength /= 2, cell /= 2) {
    const double pixels = std::max(cell * Unit(), 1.0);
    cv::Mat coarse(static_cast<int>(height() / pixels) + 3, static_cast<int>(width() / pixels) + 3,
                   CV_32F);
    for (float& value : cv::Mat_<float>(coarse)) value = static_cast<float>(random.Uniform(-1, 1));
    cv::Mat fine;
    cv::resize(coarse, fine, sum.size(), 0, 0, cv::INTER_CUBIC);
    sum += fine * strength;
  }
  return sum;
}

cv::Mat Canvas::Polygon(const std::vector<cv::Point2d>& points) const {
  std::vector<cv::Point> fixed;
  for (const cv::Point2d& point : points) fixed.push_back(Fixed(point));
  cv::Mat mask = cv::Mat::zeros(height(), width(), CV_8U);
  cv::fillPoly(mask, std::vector<std::vector<cv::Point>>{fixed}, cv::Scalar(255), cv::LINE_AA,
               kSubpixelBits);
  return ToUnit(mask);
}

cv::Mat Canvas::Ellipse(cv::Point2d center, double radius_x, double radius_y, double angle) const {
  cv::Mat mask = cv::Mat::zeros(height(), width(), CV_8U);
  cv::ellipse(mask, Fixed(center), Fixed({radius_x, radius_y}), angle, 0, 360, cv::Scalar(255),
              cv::FILLED, cv::LINE_AA, kSubpixelBits);
  return ToUnit(mask);
}

cv::Mat Canvas::Below(Stream& random, double y, double roughness, double cell) const {
  const cv::Mat profile = Noise(random, cell, 6).row(0);
  std::vector<cv::Point2d> points{At(0, 1.01)};
  for (int x = 0; x < width(); x += 2) {
    points.emplace_back(x, (y + roughness * (profile.at<float>(0, x))) * height());
  }
  points.push_back(At(1.01, y));
  points.push_back(At(1.01, 1.01));
  return Polygon(points);
}

void Canvas::Paint(const cv::Mat& mask, const Color& color, float opacity) {
  ForEachPixel(rgb, [&](int y, int x, Color& pixel) {
    const float share = mask.at<float>(y, x) * opacity;
    if (share > 0) pixel = Mix(pixel, color, share);
  });
}

void Canvas::Paint(const cv::Mat& mask, const Color& color, const cv::Mat& texture,
                   float strength) {
  ForEachPixel(rgb, [&](int y, int x, Color& pixel) {
    const float share = mask.at<float>(y, x);
    if (share > 0) pixel = Mix(pixel, color * (1 + strength * texture.at<float>(y, x)), share);
  });
}

void Canvas::PaintBall(cv::Point2d center, double radius_x, double radius_y, const Color& color,
                       cv::Point2d light, double highlight) {
  const cv::Mat mask = Ellipse(center, radius_x, radius_y);
  const double length = std::sqrt(light.x * light.x + light.y * light.y + 1);
  ForEachPixel(rgb, [&](int y, int x, Color& pixel) {
    const float share = mask.at<float>(y, x);
    if (share <= 0) return;
    const double nx = (x - center.x) / radius_x;
    const double ny = (y - center.y) / radius_y;
    const double nz = std::sqrt(std::max(0.0, 1 - nx * nx - ny * ny));
    const double lit = std::max(0.0, (nx * light.x + ny * light.y + nz) / length);
    const auto shine = static_cast<float>(std::pow(lit, 40) * highlight);
    pixel =
        Mix(pixel, color * static_cast<float>(0.2 + 0.9 * lit) + Color(shine, shine, shine), share);
  });
}

void Canvas::Glow(cv::Point2d center, double radius, const Color& color) {
  ForEachPixel(rgb, [&](int y, int x, Color& pixel) {
    const double squared =
        ((x - center.x) * (x - center.x) + (y - center.y) * (y - center.y)) / (radius * radius);
    if (squared < 12) pixel += color * static_cast<float>(std::exp(-squared));
  });
}

void Canvas::Soften(double sigma) {
  cv::GaussianBlur(rgb, rgb, {0, 0}, sigma);
}

}  // namespace kallos::image
