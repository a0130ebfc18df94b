#include "lib/measures/correlation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "lib/core/rng.h"

namespace kallos::measures {
namespace {

// scipy 1.10: spearmanr, kendalltau, pearsonr
TEST(Correlation, IsThatOfScipy) {
  const std::vector<double> x = {1.2, 3.4, 2.2, 5.0, 4.1, 4.1, 0.3, 2.9},
                            y = {30, 55, 41, 80, 60, 72, 25, 41};
  EXPECT_NEAR(Spearman(x, y), 0.9879518072289155, 1e-14);
  EXPECT_NEAR(Kendall(x, y), 0.962962962962963, 1e-14);
  EXPECT_NEAR(Pearson(x, y), 0.9585654118028919, 1e-14);
}

TEST(Correlation, OfAConstantOrNothingIsUndefined) {
  const std::vector<double> varies = {1, 2, 3}, constant = {0.1, 0.1, 0.1}, none;
  for (const auto correlation : {Pearson, Spearman, Kendall}) {
    EXPECT_TRUE(std::isnan(correlation(varies, constant)));
    EXPECT_TRUE(std::isnan(correlation(constant, varies)));
    EXPECT_TRUE(std::isnan(correlation(none, none)));
  }
}

TEST(Correlation, RanksOnlyMatter) {
  const std::vector<double> rising = {1, 2, 3, 4, 5}, curved = {-9, 0, 0.1, 7, 1e9},
                            falling = {5, 4, 3, 2, 1};
  EXPECT_DOUBLE_EQ(Spearman(rising, curved), 1);
  EXPECT_DOUBLE_EQ(Spearman(rising, falling), -1);
  // scipy.stats.spearmanr([1, 2, 2, 4, 3], [2, 1, 5, 5, 3])
  EXPECT_NEAR(Spearman(std::vector<double>{1, 2, 2, 4, 3}, std::vector<double>{2, 1, 5, 5, 3}),
              0.5526315789473685, 1e-12);
  EXPECT_TRUE(std::isnan(Spearman(rising, std::vector<double>(5, 1.0))));
  Stream stream(1, "test/rank");
  std::vector<double> a(2000), b(2000);
  for (size_t i = 0; i < a.size(); ++i) a[i] = stream.Uniform(), b[i] = stream.Uniform();
  EXPECT_LT(std::abs(Spearman(a, b)), 0.1);
}

// Concordant less discordant pairs over those not tied in either.
double KendallByPairs(const std::vector<double>& x, const std::vector<double>& y) {
  double difference = 0, untied_x = 0, untied_y = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      const double dx = x[i] - x[j], dy = y[i] - y[j];
      difference += dx * dy > 0 ? 1 : dx * dy < 0 ? -1 : 0;
      untied_x += dx != 0 ? 1 : 0;
      untied_y += dy != 0 ? 1 : 0;
    }
  }
  return difference / std::sqrt(untied_x * untied_y);
}

TEST(Correlation, KendallIsThatOfAllPairs) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    Stream stream(seed, "test/kendall");
    std::vector<double> x, y;
    for (int i = 0; i < 60; ++i) {
      x.push_back(static_cast<double>(stream.Below(seed % 2 == 0 ? 1000000 : 8)));
      y.push_back(0.5 * x.back() + static_cast<double>(stream.Below(seed % 2 == 0 ? 1000000 : 5)));
    }
    EXPECT_NEAR(Kendall(x, y), KendallByPairs(x, y), 1e-12) << seed;
  }
}

}  // namespace
}  // namespace kallos::measures
