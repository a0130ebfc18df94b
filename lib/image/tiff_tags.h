// The directory of a TIFF file, which EXIF blocks use too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kallos::image {

// Bytes with bounds: reading past the end gives nothing.
class Bytes {
 public:
  explicit Bytes(std::string_view data, bool little = false) : data_(data), little_(little) {}

  std::optional<uint64_t> Number(size_t at, size_t count) const;
  std::string_view Piece(size_t at, size_t count) const {
    return at > data_.size() ? std::string_view() : data_.substr(at, count);
  }

 private:
  std::string_view data_;
  bool little_;
};

// The values of the tags that we look for, from the first directory.
struct TiffTags {
  std::optional<uint64_t> width, height, orientation;
};

TiffTags ReadTiffTags(std::string_view data);

// 1..8; 1 where the tag is absent or senseless.
int OrientationOf(const TiffTags& tags);
// Of an EXIF block, with or without its "Exif\0\0" in front.
int ExifOrientation(std::string_view exif);

// The file with orientation 1 and its alpha marked as multiplied in already: libtiff's RGBA reader,
// which OpenCV uses, would turn the picture and darken it by its alpha.
std::string NeutralTiff(std::string_view data);

}  // namespace kallos::image
