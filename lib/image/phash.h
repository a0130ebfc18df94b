// Perceptual hashes, for the search for near-duplicates.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "lib/core/picture.h"

namespace kallos::image {

// 256 bits that say which of the 256 lowest frequencies of the grey picture lie above their median:
// nearly the same for resized, recompressed and slightly brightened copies. Two unrelated
// photographs differ in about 128 bits.
std::array<uint64_t, 4> PerceptualHash(const Picture8& picture);

// Bits that differ, 0..256.
inline int HammingDistance(const std::array<uint64_t, 4>& a, const std::array<uint64_t, 4>& b) {
  int distance = 0;
  for (size_t i = 0; i < a.size(); ++i) distance += std::popcount(a[i] ^ b[i]);
  return distance;
}

}  // namespace kallos::image
