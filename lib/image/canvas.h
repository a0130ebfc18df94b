// Brushes of the demo photographs. Inside data/synth only, since it shows OpenCV types.
#pragma once

#include <opencv2/core.hpp>
#include <vector>

#include "lib/core/rng.h"

namespace kallos::image {

using Color = cv::Vec3f;  // RGB, 0..1

Color Mix(const Color& a, const Color& b, float share_of_b);
Color Jitter(Stream& random, const Color& color, double amount);

// A picture in the making: CV_32FC3, RGB, 0..1. Positions are fractions of width and height.
class Canvas {
 public:
  Canvas(int height, int width) : rgb(height, width, CV_32FC3, cv::Scalar::all(0)) {}

  int height() const { return rgb.rows; }
  int width() const { return rgb.cols; }
  cv::Point2d At(double x, double y) const { return {x * width(), y * height()}; }
  double Unit() const { return std::min(height(), width()); }

  // Colours from top to bottom between two heights.
  void Gradient(const std::vector<Color>& stops, double top, double bottom);
  // Smooth noise of about -1..1 with features of `cell` (in units of the shorter side).
  cv::Mat Noise(Stream& random, double cell, int octaves) const;

  // Masks of 0..1 with soft edges.
  cv::Mat Polygon(const std::vector<cv::Point2d>& points) const;
  cv::Mat Ellipse(cv::Point2d center, double radius_x, double radius_y, double angle = 0) const;
  // All below a line that wanders about `y` with the given roughness, as hills do.
  cv::Mat Below(Stream& random, double y, double roughness, double cell) const;

  void Paint(const cv::Mat& mask, const Color& color, float opacity = 1);
  // The colour is varied by a texture of -1..1.
  void Paint(const cv::Mat& mask, const Color& color, const cv::Mat& texture, float strength);
  // A ball lit from one side: bright towards the light, dark away, with a highlight of the given
  // strength.
  void PaintBall(cv::Point2d center, double radius_x, double radius_y, const Color& color,
                 cv::Point2d light, double highlight);
  void Glow(cv::Point2d center, double radius, const Color& color);
  void Soften(double sigma);  // the lens's blur of what lies behind the subject

  cv::Mat rgb;
};

}  // namespace kallos::image
