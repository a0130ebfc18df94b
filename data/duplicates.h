// Which photographs show the same picture.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace kallos::data {

using PictureHash = std::array<uint64_t, 4>;

struct Duplicate {
  size_t other = 0;  // the earlier picture
  int distance = 0;  // bits of the perceptual hash that differ
};

// For each picture the nearest one among those before it that are no duplicates themselves, if it
// is within `largest_distance`; among equally near ones the first. Compares all pairs, in parallel
// (80,000 pictures are 3.2e9 pairs), in memory that grows with the pictures only.
std::vector<std::optional<Duplicate>> FindDuplicates(const std::vector<PictureHash>& hashes,
                                                     int largest_distance);

}  // namespace kallos::data
