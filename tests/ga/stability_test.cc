#include "ga/stability.h"

#include <gmock/gmock.h>

#include <cmath>

#include "ga/hypergeometric.h"
#include "lib/core/rng.h"

namespace kallos::ga {
namespace {

std::vector<Genome> RandomSelections(size_t count, const Space& space, uint64_t seed) {
  std::vector<Genome> selections;
  for (size_t i = 0; i < count; ++i) {
    Stream stream(seed, "test/selections", i);
    selections.push_back(RandomGenome(space, stream));
  }
  return selections;
}

TEST(Hypergeometric, KnownAnswers) {
  const Hypergeometric draw{10, 4, 5};  // of 252 subsets: 6, 60, 120, 60, 6
  EXPECT_DOUBLE_EQ(draw.Mean(), 2);
  EXPECT_DOUBLE_EQ(draw.Variance(), 2.0 / 3);
  EXPECT_NEAR(draw.Probability(0), 6 / 252.0, 1e-14);
  EXPECT_NEAR(draw.Probability(2), 120 / 252.0, 1e-14);
  EXPECT_EQ(draw.Probability(5), 0);
  EXPECT_NEAR(draw.PValue(4), 12 / 252.0, 1e-13);
  EXPECT_NEAR(draw.PValue(1), 132 / 252.0, 1e-13);
  EXPECT_EQ(draw.PValue(2), 1);
}

TEST(Hypergeometric, MomentsAndTailsAgreeWithTheProbabilities) {
  Stream stream(1, "test/hypergeometric");
  for (int trial = 0; trial < 50; ++trial) {
    const auto total = static_cast<int64_t>(1 + stream.Below(300));
    const auto below = [&] {
      return static_cast<int64_t>(stream.Below(static_cast<uint64_t>(total + 1)));
    };
    const Hypergeometric draw{total, below(), below()};
    double sum = 0, mean = 0, square = 0;
    for (int64_t k = draw.Least(); k <= draw.Most(); ++k) {
      const auto x = static_cast<double>(k);
      sum += draw.Probability(k);
      mean += draw.Probability(k) * x;
      square += draw.Probability(k) * x * x;
    }
    EXPECT_NEAR(sum, 1, 1e-10);
    EXPECT_NEAR(mean, draw.Mean(), 1e-8);
    EXPECT_NEAR(square - mean * mean, draw.Variance(), 1e-6);
    const int64_t count =
        draw.Least() +
        static_cast<int64_t>(stream.Below(static_cast<uint64_t>(draw.Most() - draw.Least() + 1)));
    double above = 0, under = 0;
    for (int64_t k = draw.Least(); k <= draw.Most(); ++k) {
      above += k >= count ? draw.Probability(k) : 0;
      under += k <= count ? draw.Probability(k) : 0;
    }
    EXPECT_NEAR(draw.PValue(count), std::min(1.0, 2 * std::min(above, under)), 1e-9);
  }
}

TEST(Stability, SmallExampleByHand) {
  // Shared columns 1, 2, 1. Frequencies 1, 2/3, 1/3: their mean variance is 2/15, that of chance
  // 6/25.
  const Stability stability = StabilityOf(std::vector<Genome>{{0, 1}, {0, 2}, {0, 1}}, 5);
  EXPECT_NEAR(stability.shared.found, 4 / 3.0, 1e-14);
  EXPECT_NEAR(stability.shared.random_mean, 0.8, 1e-14);
  EXPECT_NEAR(stability.shared.random_sd, std::sqrt(3 * 0.36) / 3, 1e-14);
  EXPECT_NEAR(stability.jaccard.found, 5 / 9.0, 1e-14);
  EXPECT_NEAR(stability.jaccard.random_mean, 0.6 / 3 + 0.1,
              1e-14);  // of 10 pairs: 3 share none, 6 one, 1 both
  EXPECT_NEAR(stability.kuncheva->found, 4 / 9.0, 1e-14);
  EXPECT_NEAR(stability.nogueira->found, 4 / 9.0, 1e-14);
  // The parts of the three are x, x - 5/18, x: 4/9 times the sum of squared deviations is
  // 600/26244.
  EXPECT_NEAR(stability.interval->first, 4 / 9.0 - 1.959963984540054 * std::sqrt(600 / 26244.0),
              1e-12);
  EXPECT_NEAR(stability.interval->second, 4 / 9.0 + 1.959963984540054 * std::sqrt(600 / 26244.0),
              1e-12);
}

TEST(Stability, SelectionsOfDifferentSizes) {
  // Frequencies 1, 1/2 of 4 columns: mean variance 1/8, that of chance 15/64.
  const Stability stability = StabilityOf(std::vector<Genome>{{1}, {1, 3}}, 4);
  EXPECT_NEAR(stability.nogueira->found, 1 - 8.0 / 15, 1e-14);
  EXPECT_NEAR(stability.jaccard.found, 0.5, 1e-14);
  EXPECT_NEAR(stability.jaccard.random_mean, 0.25, 1e-14);  // half the time 1/2
  EXPECT_FALSE(stability.kuncheva);
  EXPECT_FALSE(stability.interval);
}

TEST(Stability, IdenticalSelectionsAgreeWholly) {
  const Genome selection = RandomSelections(1, {300, 70}, 1)[0];
  const Stability stability = StabilityOf(std::vector<Genome>(4, selection), 300);
  EXPECT_EQ(stability.shared.found, 70);
  EXPECT_EQ(stability.jaccard.found, 1);
  EXPECT_NEAR(stability.kuncheva->found, 1, 1e-12);
  EXPECT_NEAR(stability.nogueira->found, 1, 1e-12);
  EXPECT_NEAR(stability.interval->first, 1, 1e-6);
  const Stability all = StabilityOf(std::vector<Genome>{{0, 1}, {0, 1}}, 2);
  EXPECT_EQ(all.jaccard.found, 1);
  EXPECT_FALSE(all.kuncheva || all.nogueira);
}

TEST(Stability, RandomSelectionsAgreeAsStated) {
  const Space space{400, 90};
  double shared = 0, shared_squares = 0, jaccard_squares = 0, nogueira = 0;
  constexpr int kTrials = 400;
  Stability last;
  for (uint64_t trial = 0; trial < kTrials; ++trial) {
    last = StabilityOf(RandomSelections(4, space, trial), space.columns);
    const auto z = [](const Agreement& a) { return (a.found - a.random_mean) / a.random_sd; };
    shared += z(last.shared) / kTrials;
    shared_squares += z(last.shared) * z(last.shared) / kTrials;
    jaccard_squares += z(last.jaccard) * z(last.jaccard) / kTrials;
    nogueira += last.nogueira->found / kTrials;
  }
  EXPECT_NEAR(shared, 0, 0.2);  // four times its error
  EXPECT_NEAR(shared_squares, 1, 0.3);
  EXPECT_NEAR(jaccard_squares, 1, 0.3);
  EXPECT_NEAR(nogueira, 0, 4 * last.nogueira->random_sd / std::sqrt(kTrials));
  EXPECT_NEAR(last.nogueira->random_mean, 0, 1e-12);
  EXPECT_NEAR(last.nogueira->random_sd, 1 / std::sqrt(399.0 * 6), 1e-12);
}

TEST(Stability, KunchevaAndNogueiraAgreeWhereSizesDo) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    Stream stream(seed, "test/sizes");
    const auto columns = static_cast<int64_t>(2 + stream.Below(100));
    const auto selected =
        static_cast<int64_t>(1 + stream.Below(static_cast<uint64_t>(columns - 1)));
    const Stability stability =
        StabilityOf(RandomSelections(2 + stream.Below(5), {columns, selected}, seed), columns);
    EXPECT_NEAR(stability.kuncheva->found, stability.nogueira->found, 1e-10);
    EXPECT_NEAR(stability.kuncheva->random_sd, stability.nogueira->random_sd, 1e-12);
  }
}

}  // namespace
}  // namespace kallos::ga
