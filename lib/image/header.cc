// Reads formats, sizes and orientation from the first bytes, with every access bounded.
#include <algorithm>
#include <optional>

#include "lib/core/text.h"
#include "lib/image/image.h"
#include "lib/image/tiff_tags.h"

namespace kallos::image {
namespace {

struct Size {
  uint64_t width = 0;
  uint64_t height = 0;
};

// Walks over JPEG's segments up to the frame header.
std::optional<Size> ReadJpeg(std::string_view data, int& orientation) {
  const Bytes bytes(data);
  for (size_t at = 2; at + 4 <= data.size();) {
    if (static_cast<uint8_t>(data[at]) != 0xFF) {
      ++at;  // libjpeg skips junk between segments too
      continue;
    }
    const auto marker = static_cast<uint8_t>(data[at + 1]);
    if (marker == 0xFF || marker == 0 || (marker >= 0xD0 && marker <= 0xD8)) {
      at += marker == 0xFF ? 1 : 2;
      continue;
    }
    const auto length = bytes.Number(at + 2, 2);
    if (!length || *length < 2) return std::nullopt;
    const bool frame =
        marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (frame) {
      const auto height = bytes.Number(at + 5, 2);
      const auto width = bytes.Number(at + 7, 2);
      if (!height || !width) return std::nullopt;
      return Size{*width, *height};
    }
    if (marker == 0xE1 && bytes.Piece(at + 4, 4) == "Exif")
      orientation = ExifOrientation(bytes.Piece(at + 4, *length - 2));
    at += 2 + *length;
  }
  return std::nullopt;
}

std::optional<Size> ReadPng(std::string_view data, int& orientation) {
  const Bytes bytes(data);
  const auto width = bytes.Number(16, 4);
  const auto height = bytes.Number(20, 4);
  for (size_t at = 8; at + 12 <= data.size();) {
    const auto length = bytes.Number(at, 4);
    if (!length || *length > data.size()) break;
    if (bytes.Piece(at + 4, 4) == "eXIf")
      orientation = ExifOrientation(bytes.Piece(at + 8, *length));
    at += 12 + *length;
  }
  return width && height ? std::optional<Size>({*width, *height}) : std::nullopt;
}

std::optional<Size> WebpChunkSize(const Bytes& bytes, std::string_view kind, size_t at) {
  if (kind == "VP8X") {
    const auto width = bytes.Number(at + 12, 3);
    const auto height = bytes.Number(at + 15, 3);
    if (width && height) return Size{*width + 1, *height + 1};
  } else if (kind == "VP8L") {
    const auto bits = bytes.Number(at + 9, 4);
    if (bits) return Size{(*bits & 0x3FFF) + 1, (*bits >> 14 & 0x3FFF) + 1};
  } else if (kind == "VP8 ") {
    const auto width = bytes.Number(at + 14, 2);
    const auto height = bytes.Number(at + 16, 2);
    if (width && height) return Size{*width & 0x3FFF, *height & 0x3FFF};
  }
  return std::nullopt;
}

std::optional<Size> ReadWebp(std::string_view data, int& orientation) {
  const Bytes bytes(data, true);
  std::optional<Size> size;
  for (size_t at = 12; at + 8 <= data.size();) {
    const std::string_view kind = bytes.Piece(at, 4);
    const auto length = bytes.Number(at + 4, 4);
    if (!length) break;
    if (!size) size = WebpChunkSize(bytes, kind, at);
    if (kind == "EXIF") orientation = ExifOrientation(bytes.Piece(at + 8, *length));
    at += 8 + *length + (*length & 1);
  }
  return size;
}

std::optional<Size> ReadBmp(std::string_view data) {
  const Bytes bytes(data, true);
  const auto header = bytes.Number(14, 4);
  if (!header) return std::nullopt;
  const size_t n = *header == 12 ? 2 : 4;
  const auto width = bytes.Number(18, n);
  const auto height = bytes.Number(18 + n, n);
  if (!width || !height) return std::nullopt;
  const auto rows = static_cast<int32_t>(*height);
  return Size{*width, n == 4 && rows < 0 ? static_cast<uint64_t>(-int64_t{rows}) : *height};
}

std::optional<Size> ReadPnm(std::string_view data) {
  std::vector<int64_t> numbers;
  for (size_t at = 2; at < data.size() && numbers.size() < 2;) {
    if (data[at] == '#') {
      at = std::min(data.find('\n', at), data.size());
    } else if (data[at] >= '0' && data[at] <= '9') {
      const size_t end = std::min(data.find_first_not_of("0123456789", at), data.size());
      numbers.push_back(ParseInt(data.substr(at, end - at)).value_or(0));
      at = end;
    } else if (Trim(data.substr(at, 1)).empty()) {
      ++at;
    } else {
      return std::nullopt;
    }
  }
  if (numbers.size() < 2) return std::nullopt;
  return Size{static_cast<uint64_t>(numbers[0]), static_cast<uint64_t>(numbers[1])};
}

std::optional<Size> ReadJpeg2000(std::string_view data) {
  const size_t start = data.find("\xFF\x4F\xFF\x51");
  if (start == std::string_view::npos) return std::nullopt;
  const size_t siz = start + 2;
  const Bytes bytes(data);
  const auto right = bytes.Number(siz + 6, 4);
  const auto bottom = bytes.Number(siz + 10, 4);
  const auto left = bytes.Number(siz + 14, 4);
  const auto top = bytes.Number(siz + 18, 4);
  if (!right || !bottom || !left || !top || *left > *right || *top > *bottom) return std::nullopt;
  return Size{*right - *left, *bottom - *top};
}

std::optional<Size> ReadSize(std::string_view data, std::string& format, int& orientation) {
  if (data.starts_with("\xFF\xD8\xFF")) return format = "jpeg", ReadJpeg(data, orientation);
  if (data.starts_with("\x89PNG\r\n\x1A\n")) return format = "png", ReadPng(data, orientation);
  if (data.starts_with("RIFF") && data.substr(0, 12).ends_with("WEBP"))
    return format = "webp", ReadWebp(data, orientation);
  if (data.starts_with("GIF87a") || data.starts_with("GIF89a")) {
    format = "gif";
    const Bytes bytes(data, true);
    const auto width = bytes.Number(6, 2);
    const auto height = bytes.Number(8, 2);
    return width && height ? std::optional<Size>({*width, *height}) : std::nullopt;
  }
  if (data.starts_with(std::string_view("II*\0", 4)) ||
      data.starts_with(std::string_view("MM\0*", 4))) {
    format = "tiff";
    const TiffTags tags = ReadTiffTags(data);
    orientation = OrientationOf(tags);
    return tags.width && tags.height ? std::optional<Size>({*tags.width, *tags.height})
                                     : std::nullopt;
  }
  if (data.starts_with("BM")) return format = "bmp", ReadBmp(data);
  if (data.size() > 2 && data[0] == 'P' && data[1] >= '1' && data[1] <= '6')
    return format = "pnm", ReadPnm(data);
  if (data.substr(0, 12).ends_with("jP  \r\n\x87\n") || data.starts_with("\xFF\x4F\xFF\x51"))
    return format = "jpeg2000", ReadJpeg2000(data);
  return std::nullopt;
}

}  // namespace

Result<Header> ReadHeader(std::string_view bytes, const DecodeOptions& options) {
  if (bytes.empty()) return Failure{"empty file"};
  Header header;
  const std::optional<Size> size = ReadSize(bytes, header.format, header.orientation);
  if (header.format.empty()) {
    return Failure{
        "not a picture of a known format (JPEG, PNG, WebP, TIFF, BMP, GIF, PNM, JPEG 2000)"};
  }
  if (!size || size->width == 0 || size->height == 0)
    return Failure{"broken " + header.format + ": its header has no size"};
  constexpr uint64_t kMaxSide = 1 << 20;
  if (size->width > kMaxSide || size->height > kMaxSide ||
      size->width * size->height > static_cast<uint64_t>(options.max_pixels)) {
    return Failure{fmt::format("{} x {} pixels, above the limit of {} pixels (--max-pixels)",
                               size->width, size->height, FormatCount(options.max_pixels))};
  }
  header.stored_width = header.width = static_cast<int>(size->width);
  header.stored_height = header.height = static_cast<int>(size->height);
  if (options.apply_orientation && header.orientation >= 5) std::swap(header.width, header.height);
  return header;
}

}  // namespace kallos::image
