#include "lib/image/bilinear.h"

#include <opencv2/imgproc.hpp>

#include "lib/image/opencv.h"

namespace kallos::image {
namespace {

template <typename Picture>
Picture Scale(const Picture& picture, int height, int width) {
  Picture out{height, width, decltype(Picture::rgb)(size_t{3} * height * width)};
  cv::Mat target = MatOf(out);
  cv::resize(MatOf(picture), target, target.size(), 0, 0, cv::INTER_LINEAR);
  return out;
}

}  // namespace

Picture8 ScaleBilinear(const Picture8& picture, int height, int width) {
  return Scale(picture, height, width);
}

PictureF ScaleBilinear(const PictureF& picture, int height, int width) {
  return Scale(picture, height, width);
}

}  // namespace kallos::image
