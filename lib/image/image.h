// Decoding of photographs: bytes of unknown origin in, 8-bit RGB out.
//
//   const Result<Picture8> picture = image::DecodeFile("photo.jpg", {});
//   if (!picture.ok()) LogWarning("photo.jpg: {}", picture.reason());
//
// OpenCV, libjpeg, libpng and giflib stay behind this header. A build without OpenCV reads headers
// only: every function here that makes or takes pixels throws EnvironmentError then.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "lib/core/picture.h"
#include "lib/core/result.h"

namespace kallos::image {

// Whether this build decodes photographs, which it cannot without OpenCV.
bool CanDecode();

struct DecodeOptions {
  bool apply_orientation = true;     // EXIF orientation
  int64_t max_pixels = 100'000'000;  // checked before anything is allocated
};

// What the header says, without decoding pixels.
struct Header {
  std::string format;  // "jpeg", "png", "webp", "tiff", "bmp", "gif", "pnm", "jpeg2000"
  int stored_width = 0;
  int stored_height = 0;
  int orientation = 1;  // EXIF 1..8
  int width = 0;        // after orientation, if options apply it
  int height = 0;
};

Result<Header> ReadHeader(std::string_view bytes, const DecodeOptions& options);

// 8-bit RGB as Pillow's convert("RGB") gives it: palette expanded, grey repeated, CMYK converted,
// alpha dropped, 16 bit scaled to 8. A truncated or broken file is a Failure with its reason, never
// a partly grey picture.
Result<Picture8> Decode(std::string_view bytes, const DecodeOptions& options);

// Reads the file, then as above; an unreadable file is a Failure too.
Result<Picture8> DecodeFile(const std::filesystem::path& path, const DecodeOptions& options);

// The same values, 0..255.
inline PictureF ToFloat(const Picture8& picture) {
  return {picture.height, picture.width, {picture.rgb.begin(), picture.rgb.end()}};
}

// Each pixel the mean of those that it covers; the longer side becomes `longest`, at least 1. Never
// enlarges.
Picture8 Shrink(const Picture8& picture, int longest);
// `quality`: 1 to 100, as libjpeg has it. Equal pictures give equal bytes.
std::string EncodeJpeg(const Picture8& picture, int quality);
void WriteJpeg(const std::filesystem::path& path, const Picture8& picture, int quality);
void WritePng(const std::filesystem::path& path, const Picture8& picture);

}  // namespace kallos::image
