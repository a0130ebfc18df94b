#include "data/duplicates.h"

#include "lib/image/phash.h"
#include "lib/parallel/parallel.h"

namespace kallos::data {

std::vector<std::optional<Duplicate>> FindDuplicates(const std::vector<PictureHash>& hashes, int largest_distance) {
  std::vector<std::vector<Duplicate>> near(hashes.size());
  ParallelFor(hashes.size(), [&](size_t i) {
    for (size_t j = 0; j < i; ++j) {
      const int distance = image::HammingDistance(hashes[i], hashes[j]);
      if (distance <= largest_distance) near[i].push_back({j, distance});
    }
  });
  std::vector<std::optional<Duplicate>> found(hashes.size());
  for (size_t i = 0; i < hashes.size(); ++i) {
    for (const Duplicate& candidate : near[i]) {
      const bool nearer = !found[i] || candidate.distance < found[i]->distance;
      if (nearer && !found[candidate.other]) found[i] = candidate;
    }
  }
  return found;
}

}  // namespace kallos::data
