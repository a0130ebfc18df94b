#include "ga/evolution/successive_halving.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "lib/measures/correlation.h"

namespace kallos::ga {
namespace {

using testing::ElementsAre;

TEST(FirstLooks, EachLookIsAFactorCheaperThanTheNext) {
  EXPECT_THAT(Rungs({}), ElementsAre(1));
  EXPECT_THAT(Rungs({.first_looks = 2, .look_factor = 3}), ElementsAre(9, 3, 1));
  EXPECT_EQ(MostCost({}, 0), 100);
  EXPECT_EQ(MostCost({}, 1), 98);
  EXPECT_DOUBLE_EQ(MostCost({.first_looks = 2, .look_factor = 3}, 1), 100.0 / 9 + 34.0 / 3 + 12);
  EXPECT_DOUBLE_EQ(MostCost({.first_looks = 1, .look_factor = 4}, 10), 100.0 / 4 + 100)
      << "a generation that checks";
}

TEST(FirstLooks, TheBestComeThroughAndOfEqualsTheFirst) {
  EXPECT_THAT(Promoted(std::vector<double>{0.1, 0.9, 0.5, 0.8}, 2), ElementsAre(1, 3));
  EXPECT_THAT(Promoted(std::vector<double>{0.5, 0.7, 0.5, 0.5}, 2), ElementsAre(0, 1));
  EXPECT_THAT(Promoted(std::vector<double>{0.5}, 3), ElementsAre(0)) << "at least one";
  EXPECT_TRUE(Promoted({}, 3).empty());
}

TEST(FirstLooks, TheLossIsTheDistanceOfTheBests) {
  const std::vector<double> first = {0.9, 0.8, 0.1, 0.2}, whole = {0.7, 0.1, 0.8, 0.2};
  const RungCheck check = CheckRungs(first, whole, std::vector<size_t>{0, 1});
  EXPECT_DOUBLE_EQ(check.loss, 0.8 - 0.7);
  EXPECT_DOUBLE_EQ(check.rank_correlation, measures::Spearman(first, whole));
  EXPECT_EQ(CheckRungs(first, whole, std::vector<size_t>{1, 2}).loss, 0);
  EXPECT_TRUE(std::isnan(CheckRungs({}, {}, {}).loss));
}

TEST(FirstLooks, OnlyGenerationsOfTheGivenDistanceAreChecked) {
  EXPECT_FALSE(IsChecked({.look_check = 10}, 0)) << "there are no looks";
  EXPECT_TRUE(IsChecked({.first_looks = 1, .look_check = 10}, 0));
  EXPECT_FALSE(IsChecked({.first_looks = 1, .look_check = 10}, 9));
  EXPECT_TRUE(IsChecked({.first_looks = 1, .look_check = 10}, 20));
  EXPECT_FALSE(IsChecked({.first_looks = 1, .look_check = 0}, 0));
}

}  // namespace
}  // namespace kallos::ga
