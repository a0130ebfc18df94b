#include "lib/core/rng.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

namespace kallos {
namespace {

using testing::ElementsAre;

// Known answers published with the Random123 library (kat_vectors, philox4x32 10 rounds).
TEST(Philox, KnownAnswers) {
  EXPECT_THAT(Philox4x32({0, 0, 0, 0}, {0, 0}),
              ElementsAre(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8));
  const uint32_t ones = 0xffffffff;
  EXPECT_THAT(Philox4x32({ones, ones, ones, ones}, {ones, ones}),
              ElementsAre(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd));
  EXPECT_THAT(
      Philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
      ElementsAre(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1));
}

TEST(Stream, NameSeedAndEachIndexGiveAnotherStream) {
  std::set<uint64_t> first;
  for (const uint64_t seed : {0, 1}) {
    for (const char* name : {"a", "b"}) {
      for (uint64_t i = 0; i < 20; ++i) {
        for (uint64_t j = 0; j < 20; ++j) first.insert(Stream(seed, name, i, j).Next64());
      }
    }
  }
  EXPECT_EQ(first.size(), 2u * 2 * 20 * 20);
  EXPECT_EQ(Stream(3, "x", 4, 5).Next64(), Stream(3, "x", 4, 5).Next64());
}

TEST(Stream, MomentsOfTheDistributions) {
  constexpr int kDraws = 200'000;
  const auto moments = [](auto draw) {
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < kDraws; ++i) {
      const double value = draw();
      sum += value;
      squares += value * value;
    }
    const double mean = sum / kDraws;
    return std::pair(mean, std::sqrt(squares / kDraws - mean * mean));
  };
  Stream stream(7, "tests/moments");
  const auto [uniform_mean, uniform_sd] = moments([&] { return stream.Uniform(); });
  EXPECT_NEAR(uniform_mean, 0.5, 0.005);
  EXPECT_NEAR(uniform_sd, std::sqrt(1 / 12.0), 0.005);
  const auto [normal_mean, normal_sd] = moments([&] { return stream.Normal(); });
  EXPECT_NEAR(normal_mean, 0, 0.01);
  EXPECT_NEAR(normal_sd, 1, 0.01);
  const auto [truncated_mean, truncated_sd] = moments([&] { return stream.TruncatedNormal(); });
  EXPECT_NEAR(truncated_mean, 0, 0.01);
  EXPECT_NEAR(truncated_sd, 0.87962566, 0.01);
}

TEST(Stream, BelowIsUniformAndInRange) {
  Stream stream(7, "tests/below");
  std::vector<int> counts(7);
  for (int i = 0; i < 70'000; ++i) ++counts.at(stream.Below(7));
  EXPECT_GT(*std::min_element(counts.begin(), counts.end()), 9'600);
  EXPECT_LT(*std::max_element(counts.begin(), counts.end()), 10'400);
}

TEST(Stream, ShuffleIsAPermutation) {
  std::vector<int> items(100);
  std::iota(items.begin(), items.end(), 0);
  std::vector<int> shuffled = items;
  Stream(1, "tests/shuffle").Shuffle(shuffled);
  EXPECT_NE(shuffled, items);
  EXPECT_TRUE(std::is_permutation(shuffled.begin(), shuffled.end(), items.begin()));
}

}  // namespace
}  // namespace kallos
