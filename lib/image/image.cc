#include "lib/image/image.h"

#include <algorithm>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "lib/core/file.h"
#include "lib/image/decode_gif.h"
#include "lib/image/decode_jpeg.h"
#include "lib/image/decode_opencv.h"
#include "lib/image/decode_png.h"
#include "lib/image/opencv.h"

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
  const cv::Mat source = MatOf(picture);
  cv::Mat turned = orientation >= 5 ? cv::Mat(source.t()) : source.clone();
  if (orientation == 2 || orientation == 6) cv::flip(turned, turned, 1);
  if (orientation == 4 || orientation == 8) cv::flip(turned, turned, 0);
  if (orientation == 3 || orientation == 7) cv::flip(turned, turned, -1);
  return PictureOf(turned);
}

Result<std::string> ReadPicture(const std::filesystem::path& path) {
  try {
    return ReadFile(path, kMaxFileBytes);
  } catch (const Error& error) {
    return Failure{error.what()};
  }
}

std::string Encode(const Picture8& picture, const char* extension,
                   const std::vector<int>& options) {
  cv::Mat bgr;
  cv::cvtColor(MatOf(picture), bgr, cv::COLOR_RGB2BGR);
  std::vector<uint8_t> bytes;
  KALLOS_CHECK(cv::imencode(extension, bgr, bytes, options), "encoding {}", extension);
  return {bytes.begin(), bytes.end()};
}

}  // namespace

bool CanDecode() {
  return true;
}

Result<Picture8> Decode(std::string_view bytes, const DecodeOptions& options) {
  const Result<Header> header = ReadHeader(bytes, options);
  if (!header.ok()) return Failure{header.reason()};
  Result<Picture8> picture = DecodeStored(bytes, header.value());
  if (!picture.ok()) return picture;
  if (!HasSize(picture.value(), header.value())) {
    return Failure{fmt::format("broken {}: its header says {} x {} pixels, its data {} x {}",
                               header.value().format, header.value().stored_width,
                               header.value().stored_height, picture.value().width,
                               picture.value().height)};
  }
  if (!options.apply_orientation) return picture;
  return Orient(std::move(picture.value()), header.value().orientation);
}

Result<Picture8> DecodeFile(const std::filesystem::path& path, const DecodeOptions& options) {
  const Result<std::string> bytes = ReadPicture(path);
  if (!bytes.ok()) return Failure{bytes.reason()};
  return Decode(bytes.value(), options);
}

Picture8 Shrink(const Picture8& picture, int longest) {
  const int longer = std::max(picture.width, picture.height);
  if (longer <= longest) return picture;
  const auto side = [&](int pixels) {
    return std::max<int64_t>(1, (int64_t{pixels} * longest + longer / 2) / longer);
  };
  cv::Mat small;
  cv::resize(MatOf(picture), small,
             {static_cast<int>(side(picture.width)), static_cast<int>(side(picture.height))}, 0, 0,
             cv::INTER_AREA);
  return PictureOf(small);
}

std::string EncodeJpeg(const Picture8& picture, int quality) {
  return Encode(picture, ".jpg", {cv::IMWRITE_JPEG_QUALITY, quality});
}

void WriteJpeg(const std::filesystem::path& path, const Picture8& picture, int quality) {
  PublishBytes(path, EncodeJpeg(picture, quality));
}

void WritePng(const std::filesystem::path& path, const Picture8& picture) {
  PublishBytes(path, Encode(picture, ".png", {}));
}

}  // namespace kallos::image
