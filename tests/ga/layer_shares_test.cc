#include "ga/layer_shares.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "lib/core/rng.h"

namespace kallos::ga {
namespace {

TEST(LayerShares, KnownAnswers) {
  const std::vector<LayerColumns> layers = {{"mg", "a", 4}, {"mg", "b", 3}, {"b0", "pca", 3}};
  const std::vector<LayerShare> shares = LayerShares(layers, {0, 1, 2, 3, 9});
  ASSERT_EQ(shares.size(), 4u);  // mg, its two layers, b0
  EXPECT_TRUE(shares[0].whole);
  EXPECT_EQ(shares[0].columns, 7);
  EXPECT_EQ(shares[0].found, 4);
  EXPECT_DOUBLE_EQ(shares[0].expected, 3.5);
  EXPECT_EQ(shares[1].layer, "a");
  EXPECT_EQ(shares[1].found, 4);
  EXPECT_DOUBLE_EQ(shares[1].expected, 2);
  EXPECT_DOUBLE_EQ(shares[1].ratio(), 2);
  EXPECT_NEAR(*shares[1].z, 2 / std::sqrt(2.0 / 3), 1e-12);
  EXPECT_NEAR(shares[1].p, 12 / 252.0, 1e-12);  // 6 of the 252 subsets have all four
  EXPECT_EQ(shares[2].found, 0);
  EXPECT_NEAR(shares[2].p, 2 * 21 / 252.0, 1e-12);
  EXPECT_TRUE(shares[3].whole);
  EXPECT_EQ(shares[3].extractor, "b0");
  EXPECT_EQ(shares[3].found, 1);
}

TEST(LayerShares, AWholeSpaceHasNoDeviation) {
  const std::vector<LayerShare> shares =
      LayerShares(std::vector<LayerColumns>{{"b0", "", 10}}, {1, 4, 5});
  ASSERT_EQ(shares.size(), 1u);
  EXPECT_EQ(shares[0].found, 3);
  EXPECT_EQ(shares[0].expected, 3);
  EXPECT_FALSE(shares[0].z);
  EXPECT_EQ(shares[0].p, 1);
}

TEST(LayerShares, RandomSelectionsAreSeldomMarked) {
  const std::vector<LayerColumns> layers = {
      {"mg", "a", 100}, {"mg", "b", 250}, {"mg", "c", 50}, {"b0", "d", 200}};
  int trials = 0, small = 0;
  double squares = 0;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    Stream stream(seed, "test/shares");
    int64_t found = 0;
    for (const LayerShare& share : LayerShares(layers, RandomGenome({600, 180}, stream))) {
      if (share.whole) found += share.found;
      ++trials;
      small += share.p < 0.05 ? 1 : 0;
      squares += *share.z * *share.z;
    }
    EXPECT_EQ(found, 180);
  }
  EXPECT_LE(small, 0.06 * trials);  // p of a discrete distribution is on the safe side
  EXPECT_GE(small, 0.02 * trials);
  EXPECT_NEAR(squares / trials, 1, 0.15);
}

}  // namespace
}  // namespace kallos::ga
