#include "data/duplicates.h"

#include <algorithm>
#include <span>

#include "lib/image/phash.h"
#include "lib/parallel/parallel.h"

namespace kallos::data {
namespace {

constexpr size_t kBlock = 1024;

// Nearest of `others` by Hamming distance, the number of bits that differ. Of equals the first.
void Compare(const std::vector<PictureHash>& hashes, size_t i, std::span<const size_t> others,
             int largest_distance, std::optional<Duplicate>& nearest) {
  for (const size_t j : others) {
    const int distance = image::HammingDistance(hashes[i], hashes[j]);
    if (distance <= largest_distance && (!nearest || distance < nearest->distance))
      nearest = Duplicate{j, distance};
  }
}

}  // namespace

// The leader algorithm (Hartigan, Clustering Algorithms, 1975, chapter 3): a picture within the
// distance of an original is its duplicate, else it is the next original.
std::vector<std::optional<Duplicate>> FindDuplicates(const std::vector<PictureHash>& hashes,
                                                     int largest_distance) {
  std::vector<std::optional<Duplicate>> found(hashes.size());
  std::vector<size_t> originals;
  for (size_t first = 0; first < hashes.size(); first += kBlock) {
    const size_t size = std::min(kBlock, hashes.size() - first);
    ParallelFor(size, [&](size_t k) {
      Compare(hashes, first + k, originals, largest_distance, found[first + k]);
    });
    // Inside the block each answer depends on those before it.
    const size_t known = originals.size();
    for (size_t i = first; i < first + size; ++i) {
      Compare(hashes, i, std::span(originals).subspan(known), largest_distance, found[i]);
      if (!found[i]) originals.push_back(i);
    }
  }
  return found;
}

}  // namespace kallos::data
