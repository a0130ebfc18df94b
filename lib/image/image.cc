#include "lib/image/image.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "lib/core/file.h"
#include "lib/image/decode_gif.h"
#include "lib/image/decode_jpeg.h"

namespace kallos::image {
namespace {

constexpr size_t kMaxFileBytes = size_t{2} << 30;

void SilenceOpenCv() {
  static const bool done = [] {
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    cv::setNumThreads(1);
    return true;
  }();
  static_cast<void>(done);
}

Picture8 FromBgr(const cv::Mat& bgr) {
  Picture8 picture{bgr.rows, bgr.cols, std::vector<uint8_t>(bgr.total() * 3)};
  cv::Mat rgb(bgr.rows, bgr.cols, CV_8UC3, picture.rgb.data());
  cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
  return picture;
}

// PNG, TIFF, BMP, WebP, PNM and JPEG 2000. OpenCV gives no reasons, only that it could not.
Result<Picture8> DecodeWithOpenCv(std::string_view bytes, const Header& header) {
  SilenceOpenCv();
  try {
    const cv::Mat raw(1, static_cast<int>(bytes.size()), CV_8U, const_cast<char*>(bytes.data()));
    const cv::Mat bgr = cv::imdecode(raw, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION);
    if (bgr.empty()) return Failure{"broken " + header.format + ": its pixels cannot be decoded"};
    return FromBgr(bgr);
  } catch (const cv::Exception& error) {
    return Failure{"broken " + header.format + ": " + error.err};
  }
}

// EXIF orientations 2..8 as the flips and turns that undo them (EXIF 2.32, tag 274).
Picture8 Orient(Picture8 picture, int orientation) {
  if (orientation == 1) return picture;
  const cv::Mat source(picture.height, picture.width, CV_8UC3, picture.rgb.data());
  cv::Mat turned = orientation >= 5 ? cv::Mat(source.t()) : source.clone();
  if (orientation == 2 || orientation == 6) cv::flip(turned, turned, 1);
  if (orientation == 4 || orientation == 8) cv::flip(turned, turned, 0);
  if (orientation == 3 || orientation == 7) cv::flip(turned, turned, -1);
  return {turned.rows, turned.cols, std::vector<uint8_t>(turned.data, turned.data + turned.total() * 3)};
}

Result<std::string> ReadPicture(const std::filesystem::path& path) {
  try {
    return ReadFile(path, kMaxFileBytes);
  } catch (const Error& error) {
    return Failure{error.what()};
  }
}

void Encode(const std::filesystem::path& path, const Picture8& picture, const char* extension,
            const std::vector<int>& options) {
  cv::Mat bgr;
  cv::cvtColor(cv::Mat(picture.height, picture.width, CV_8UC3, const_cast<uint8_t*>(picture.rgb.data())), bgr,
               cv::COLOR_RGB2BGR);
  std::vector<uint8_t> bytes;
  KALLOS_CHECK(cv::imencode(extension, bgr, bytes, options), "encoding {}", extension);
  PublishBytes(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

Result<Picture8> Decode(std::string_view bytes, const DecodeOptions& options) {
  const Result<Header> header = ReadHeader(bytes, options);
  if (!header.ok()) return Failure{header.reason()};
  const std::string& format = header.value().format;
  Result<Picture8> picture = format == "jpeg"  ? DecodeJpeg(bytes)
                             : format == "gif" ? DecodeGif(bytes)
                                               : DecodeWithOpenCv(bytes, header.value());
  if (!picture.ok()) return picture;
  if (!options.apply_orientation) return picture;
  return Orient(std::move(picture.value()), header.value().orientation);
}

Result<Header> ReadHeaderOfFile(const std::filesystem::path& path, const DecodeOptions& options) {
  const Result<std::string> bytes = ReadPicture(path);
  if (!bytes.ok()) return Failure{bytes.reason()};
  return ReadHeader(bytes.value(), options);
}

Result<Picture8> DecodeFile(const std::filesystem::path& path, const DecodeOptions& options) {
  const Result<std::string> bytes = ReadPicture(path);
  if (!bytes.ok()) return Failure{bytes.reason()};
  return Decode(bytes.value(), options);
}

PictureF ToFloat(const Picture8& picture) {
  return {picture.height, picture.width, std::vector<float>(picture.rgb.begin(), picture.rgb.end())};
}

void WriteJpeg(const std::filesystem::path& path, const Picture8& picture, int quality) {
  Encode(path, picture, ".jpg", {cv::IMWRITE_JPEG_QUALITY, quality});
}

void WritePng(const std::filesystem::path& path, const Picture8& picture) {
  Encode(path, picture, ".png", {});
}

}  // namespace kallos::image
