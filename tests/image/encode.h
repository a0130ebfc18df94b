// Pictures and files for the tests of lib/image, made in memory.
#pragma once

#include <gif_lib.h>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "lib/core/picture.h"
#include "lib/core/rng.h"

namespace kallos::image {

inline Picture8 SmoothPicture(int height, int width, uint64_t seed = 1) {
  Stream random(seed, "tests/image");
  cv::Mat coarse(4, 4, CV_8UC3);
  for (cv::Vec3b& pixel : cv::Mat_<cv::Vec3b>(coarse)) {
    for (int c = 0; c < 3; ++c) pixel[c] = static_cast<uint8_t>(random.Below(256));
  }
  Picture8 picture{height, width, std::vector<uint8_t>(static_cast<size_t>(height * width * 3))};
  cv::Mat fine(height, width, CV_8UC3, picture.rgb.data());
  cv::resize(coarse, fine, fine.size(), 0, 0, cv::INTER_LINEAR);
  return picture;
}

inline std::string EncodeMat(const cv::Mat& mat, const std::string& extension,
                             const std::vector<int>& options = {}) {
  std::vector<uint8_t> bytes;
  cv::imencode(extension, mat, bytes, options);
  return {bytes.begin(), bytes.end()};
}

inline std::string Encode(const Picture8& picture, const std::string& extension,
                          const std::vector<int>& options = {}) {
  cv::Mat bgr;
  cv::cvtColor(
      cv::Mat(picture.height, picture.width, CV_8UC3, const_cast<uint8_t*>(picture.rgb.data())),
      bgr, cv::COLOR_RGB2BGR);
  return EncodeMat(bgr, extension, options);
}

// An EXIF block of one tag, big-endian.
inline std::string ExifBlock(int orientation) {
  std::string block("MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0", 26);
  block[19] = static_cast<char>(orientation);
  return block;
}

inline std::string JpegWithOrientation(std::string jpeg, int orientation) {
  return jpeg.insert(2, std::string("\xFF\xE1\0\x22"
                                    "Exif\0\0",
                                    10) +
                            ExifBlock(orientation));
}

inline int AppendBytes(GifFileType* gif, const GifByteType* bytes, int count) {
  static_cast<std::string*>(gif->UserData)
      ->append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(count));
  return count;
}

// A palette picture of 4 colours: index = (x + y) % 4, on a screen that is larger by `margin` at
// the right and bottom.
inline std::string EncodeGif(int height, int width, int margin, bool interlaced) {
  std::string bytes;
  int code = 0;
  GifFileType* gif = EGifOpen(&bytes, AppendBytes, &code);
  const GifColorType colors[4] = {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {9, 99, 199}};
  ColorMapObject* map = GifMakeMapObject(4, colors);
  EGifPutScreenDesc(gif, width + margin, height + margin, 2, 0, map);
  EGifPutImageDesc(gif, 0, 0, width, height, interlaced, nullptr);
  const int start[] = {0, 4, 2, 1};
  const int step[] = {8, 8, 4, 2};
  for (int pass = 0; pass < (interlaced ? 4 : 1); ++pass) {
    for (int y = interlaced ? start[pass] : 0; y < height; y += interlaced ? step[pass] : 1) {
      std::vector<GifPixelType> line;
      for (int x = 0; x < width; ++x) line.push_back(static_cast<GifPixelType>((x + y) % 4));
      EGifPutLine(gif, line.data(), width);
    }
  }
  GifFreeMapObject(map);
  EGifCloseFile(gif, &code);
  return bytes;
}

}  // namespace kallos::image
