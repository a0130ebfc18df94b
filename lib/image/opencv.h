// What all files here need of OpenCV. Internal to lib/image, since it shows OpenCV types.
#pragma once

#include <opencv2/core.hpp>

#include "lib/core/picture.h"

namespace kallos::image {

// One thread and no log of OpenCV's own, since lib/parallel owns the threads. MatOf calls it; who
// uses OpenCV otherwise calls it first.
void PrepareOpenCv();

// A view of the picture (CV_8UC3 or CV_32FC3, RGB), which must outlive it. Of a constant picture
// the view must not be written to.
cv::Mat MatOf(const Picture8& picture);
cv::Mat MatOf(const PictureF& picture);

// A copy of a contiguous CV_8UC3.
Picture8 PictureOf(const cv::Mat& rgb);

}  // namespace kallos::image
