#include "data/duplicates.h"

#include <gmock/gmock.h>

#include "lib/core/rng.h"
#include "lib/image/phash.h"
#include "lib/parallel/parallel.h"

namespace kallos::data {
namespace {

// The rule as duplicates.h states it, one picture after another.
std::vector<std::optional<Duplicate>> OneByOne(const std::vector<PictureHash>& hashes,
                                               int largest_distance) {
  std::vector<std::optional<Duplicate>> found(hashes.size());
  for (size_t i = 0; i < hashes.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      const int distance = image::HammingDistance(hashes[i], hashes[j]);
      if (found[j] || distance > largest_distance || (found[i] && found[i]->distance <= distance))
        continue;
      found[i] = Duplicate{j, distance};
    }
  }
  return found;
}

// Clusters whose members differ from each other in a few bits, so that chains of near pictures
// arise.
std::vector<PictureHash> Drawn(size_t count, Stream random) {
  std::vector<PictureHash> hashes;
  for (size_t i = 0; i < count; ++i) {
    PictureHash hash;
    if (hashes.empty() || random.Uniform() < 0.3) {
      for (uint64_t& word : hash) word = random.Next64();
    } else {
      hash = hashes[random.Below(hashes.size())];
      for (uint64_t k = random.Below(12); k > 0; --k)
        hash[random.Below(4)] ^= uint64_t{1} << random.Below(64);
    }
    hashes.push_back(hash);
  }
  return hashes;
}

TEST(Duplicates, AgreesWithTheRuleAtAnyThreadCount) {
  const std::vector<PictureHash> hashes = Drawn(3000, Stream(1, "test/duplicates"));
  for (const int distance : {0, 8}) {
    const auto expected = OneByOne(hashes, distance);
    for (const int threads : {1, 3}) {
      SetThreads(threads);
      const auto found = FindDuplicates(hashes, distance);
      for (size_t i = 0; i < hashes.size(); ++i) {
        ASSERT_EQ(found[i].has_value(), expected[i].has_value()) << i;
        if (!found[i]) continue;
        EXPECT_EQ(found[i]->other, expected[i]->other) << i;
        EXPECT_EQ(found[i]->distance, expected[i]->distance) << i;
      }
    }
  }
}

TEST(Duplicates, EqualPicturesAllPointToTheFirst) {
  const std::vector<PictureHash> hashes(20'000, PictureHash{1, 2, 3, 4});
  const auto found = FindDuplicates(hashes, 0);
  EXPECT_FALSE(found[0].has_value());
  for (size_t i = 1; i < hashes.size(); ++i) EXPECT_EQ(found[i].value().other, 0u);
}

}  // namespace
}  // namespace kallos::data
