// Photographs for the tests of data/.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "lib/core/picture.h"
#include "lib/core/rng.h"

namespace kallos::data {

// Grey cells of random brightness, coarse over fine, as different from those of another seed as two
// photographs are.
inline Picture8 Scene(uint64_t seed, int height = 96, int width = 128) {
  Stream random(seed, "test/scene");
  std::vector<double> coarse(16 * 16), fine(64 * 64);
  for (double& value : coarse) value = random.Uniform(20, 180);
  for (double& value : fine) value = random.Uniform(0, 50);
  Picture8 picture{height, width, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const auto cell = [&](const std::vector<double>& cells, int side) {
        return cells[static_cast<size_t>(y * side / height * side + x * side / width)];
      };
      const double grey = cell(coarse, 16) + cell(fine, 64);
      for (const int shade : {0, 5, 10}) picture.rgb.push_back(static_cast<uint8_t>(grey + shade));
    }
  }
  return picture;
}

// Every second pixel of every second row, brighter by `light`.
inline Picture8 HalfSize(const Picture8& picture, int light = 0) {
  Picture8 half{picture.height / 2, picture.width / 2, {}};
  for (int y = 0; y < half.height; ++y) {
    for (int i = 0; i < half.width * 3; ++i) {
      const auto at = static_cast<size_t>((2 * y * picture.width + 2 * (i / 3)) * 3 + i % 3);
      half.rgb.push_back(static_cast<uint8_t>(std::min(255, picture.rgb[at] + light)));
    }
  }
  return half;
}

}  // namespace kallos::data
