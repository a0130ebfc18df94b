// Pictures in memory: plain structs, so that decoding (OpenCV) and networks (LibTorch) need not
// know each other.
#pragma once

#include <cstdint>
#include <vector>

namespace kallos {

// height x width x 3, RGB, row-major, 0..255.
struct Picture8 {
  int height = 0;
  int width = 0;
  std::vector<uint8_t> rgb;
};

// height x width x 3, RGB, row-major, 0..255 (not scaled to 0..1).
struct PictureF {
  int height = 0;
  int width = 0;
  std::vector<float> rgb;
};

}  // namespace kallos
