#include "lib/image/image.h"

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "lib/core/file.h"
#include "lib/image/decode_gif.h"
#include "lib/image/decode_jpeg.h"
#include "lib/image/decode_opencv.h"
#include "lib/image/decode_png.h"

namespace kallos::image {
namespace {

constexpr size_t kMaxFileBytes = size_t{2} << 30;

Result<Picture8> DecodeStored(std::string_view bytes, const Header& header) {
  if (header.format == "jpeg") return DecodeJpeg(bytes, header);
  if (header.format == "png") return DecodePng(bytes, header);
  if (header.format == "gif") return DecodeGif(bytes);
  return DecodeWithOpenCv(bytes, header);
}

bool HasSize(const Picture8& picture, const Header& header) {
  return picture.width == header.stored_width && picture.height == header.stored_height;
}

// EXIF orientations 2..8 as the flips and turns that undo them (EXIF 2.32, tag 274).
Picture8 Orient(Picture8 picture, int orientation) {
  if (orientation == 1) return picture;
  PrepareOpenCv();
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
  PrepareOpenCv();
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
  Result<Picture8> picture = DecodeStored(bytes, header.value());
  if (!picture.ok()) return picture;
  if (!HasSize(picture.value(), header.value())) {
    return Failure{fmt::format("broken {}: its header says {} x {} pixels, its data {} x {}", header.value().format,
                               header.value().stored_width, header.value().stored_height, picture.value().width,
                               picture.value().height)};
  }
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
