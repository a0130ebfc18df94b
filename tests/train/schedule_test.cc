#include "train/schedule.h"

#include <gmock/gmock.h>

#include <cmath>

namespace kallos::train {
namespace {

constexpr int64_t kEpochs = 15;

std::vector<double> Rates(Schedule schedule, double lr = 0.003, int64_t epochs = kEpochs) {
  return LearningRates(schedule, lr, kPublishedDecay, epochs);
}

TEST(Schedule, ExpCompoundGivesThePublishedLog) {
  const std::vector<double> logged = {0.003,    0.00286,  0.00260,  0.00225,  0.00186,
                                      0.00146,  0.00110,  7.824e-4, 5.329e-4, 3.460e-4,
                                      2.141e-4, 1.263e-4, 7.098e-5, 3.803e-5, 1.942e-5};
  const std::vector<double> rates = Rates(Schedule::kExpCompound);
  ASSERT_EQ(rates.size(), logged.size());
  for (size_t e = 0; e < logged.size(); ++e) {
    EXPECT_NEAR(rates[e], logged[e], e < 7 ? 1e-5 : 6e-4 * logged[e])
        << e;  // one of the last logged digit
    EXPECT_NEAR(rates[e], 0.003 * std::exp(-0.048 * static_cast<double>(e * (e + 1)) / 2), 1e-15);
  }
}

TEST(Schedule, ExpAndConstant) {
  const std::vector<double> rates = Rates(Schedule::kExp);
  for (size_t e = 0; e < rates.size(); ++e)
    EXPECT_NEAR(rates[e], 0.003 * std::exp(-0.048 * static_cast<double>(e)), 1e-15);
  EXPECT_THAT(Rates(Schedule::kConstant), testing::Each(0.003));
}

TEST(Schedule, CosineFallsFromTheFirstRateToNearlyNothing) {
  const std::vector<double> rates = Rates(Schedule::kCosine, 0.01, 8);
  EXPECT_DOUBLE_EQ(rates[0], 0.01);
  EXPECT_NEAR(rates[4], 0.005, 1e-15);
  EXPECT_NEAR(rates[2] + rates[6], 0.01, 1e-15);
  for (size_t e = 1; e < rates.size(); ++e) EXPECT_LT(rates[e], rates[e - 1]);
  EXPECT_GT(rates.back(), 0);
  EXPECT_EQ(Rates(Schedule::kCosine, 0.01, 1), std::vector<double>{0.01});
}

TEST(Schedule, FloorFallsFromTheFirstEpochOnAndStaysAtItsFloor) {
  const std::vector<double> rates = Rates(Schedule::kFloor);
  EXPECT_DOUBLE_EQ(rates[0], 0.003 * 0.76125);
  EXPECT_DOUBLE_EQ(rates[4], 0.003 * std::pow(0.76125, 5));  // 0.00077
  EXPECT_DOUBLE_EQ(rates[5],
                   0.003 * std::pow(0.76125, 6));  // 0.00077 * 0.725 = 0.00056 is above the floor
  for (size_t e = 6; e < rates.size(); ++e)
    EXPECT_DOUBLE_EQ(rates[e], 0.0005) << e;  // 0.00058 * 0.725 is not
}

TEST(Schedule, WarmRestartJumpsEveryEleventhEpoch) {
  const std::vector<double> rates = Rates(Schedule::kWarmRestart, 0.003, 40);
  EXPECT_DOUBLE_EQ(rates[0], 0.003 * 0.76125);
  EXPECT_DOUBLE_EQ(rates[9], 0.0005);
  EXPECT_DOUBLE_EQ(rates[10], 0.0005 * 0.17 * 11);
  EXPECT_DOUBLE_EQ(rates[11], rates[10] * 0.76125);
  EXPECT_DOUBLE_EQ(rates[21], 0.0005 * 0.17 * 22);
  EXPECT_DOUBLE_EQ(Rates(Schedule::kWarmRestart, 100)[10], 0.05);
}

TEST(Schedule, StepDividesByTenEveryFiveEpochs) {
  const std::vector<double> rates = Rates(Schedule::kStep, 0.03);
  for (size_t e = 0; e < rates.size(); ++e)
    EXPECT_NEAR(rates[e], 0.03 * std::pow(0.1, 1 + static_cast<double>(e / 5)), 1e-17) << e;
}

TEST(Schedule, NamesGoBothWays) {
  for (const auto& [schedule, name] : EnumTable(Schedule{})) EXPECT_EQ(EnumName(schedule), name);
}

}  // namespace
}  // namespace kallos::train
