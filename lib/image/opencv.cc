#include "lib/image/opencv.h"

#include <opencv2/core/utils/logger.hpp>

#include "lib/core/error.h"

namespace kallos::image {

void PrepareOpenCv() {
  static const bool done = [] {
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    cv::setNumThreads(1);
    return true;
  }();
  static_cast<void>(done);
}

cv::Mat MatOf(const Picture8& picture) {
  PrepareOpenCv();
  return {picture.height, picture.width, CV_8UC3, const_cast<uint8_t*>(picture.rgb.data())};
}

cv::Mat MatOf(const PictureF& picture) {
  PrepareOpenCv();
  return {picture.height, picture.width, CV_32FC3, const_cast<float*>(picture.rgb.data())};
}

Picture8 PictureOf(const cv::Mat& rgb) {
  KALLOS_CHECK(rgb.type() == CV_8UC3 && rgb.isContinuous());
  return {rgb.rows, rgb.cols, std::vector<uint8_t>(rgb.data, rgb.data + 3 * rgb.total())};
}

}  // namespace kallos::image
