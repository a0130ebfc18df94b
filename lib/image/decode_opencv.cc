#include "lib/image/decode_opencv.h"

#include <iostream>
#include <mutex>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>

#include "lib/core/error.h"
#include "lib/image/opencv.h"
#include "lib/image/tiff_tags.h"

namespace kallos::image {
namespace {

// OpenCV prints decoding errors on std::cerr, which Kallos itself does not use: switched off while
// any decoder runs.
class QuietCerr {
 public:
  QuietCerr() {
    const std::lock_guard lock(mutex_);
    if (users_++ == 0) buffer_ = std::cerr.rdbuf(nullptr);
  }
  ~QuietCerr() {
    const std::lock_guard lock(mutex_);
    if (--users_ == 0) std::cerr.rdbuf(buffer_);
  }
  QuietCerr(const QuietCerr&) = delete;
  QuietCerr& operator=(const QuietCerr&) = delete;

 private:
  static inline std::mutex mutex_;
  static inline int users_ = 0;
  static inline std::streambuf* buffer_ = nullptr;
};

Picture8 FromBgr(const cv::Mat& bgr) {
  Picture8 picture{bgr.rows, bgr.cols, std::vector<uint8_t>(bgr.total() * 3)};
  cv::Mat rgb(bgr.rows, bgr.cols, CV_8UC3, picture.rgb.data());
  cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
  return picture;
}

cv::Mat DecodeBgr(std::string_view bytes) {
  const QuietCerr quiet;
  const cv::Mat raw(1, static_cast<int>(bytes.size()), CV_8U, const_cast<char*>(bytes.data()));
  return cv::imdecode(raw, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION);
}

}  // namespace

Result<Picture8> DecodeWithOpenCv(std::string_view bytes, const Header& header) {
  PrepareOpenCv();
  try {
    const bool tiff = header.format == "tiff";
    const cv::Mat bgr = tiff ? DecodeBgr(NeutralTiff(bytes)) : DecodeBgr(bytes);
    if (bgr.empty())
      return Failure{"broken or unsupported " + header.format + ": its pixels cannot be decoded"};
    return FromBgr(bgr);
  } catch (const cv::Exception& error) {
    if (error.code == cv::Error::StsNoMem)
      throw EnvironmentError("not enough memory to decode a photograph");
    return Failure{"broken " + header.format + ": " + error.err};
  }
}

}  // namespace kallos::image
