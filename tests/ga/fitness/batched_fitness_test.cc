#include "ga/fitness/batched_fitness.h"

#include <gmock/gmock.h>

#include <cmath>

#include "tests/ga/fitness/search_data.h"

namespace kallos::ga {
namespace {

// On LibTorch's CPU device, since there may be no other.
class BatchedFitnessTest : public SearchDataTest {
 protected:
  BatchedFitnessTest() : SearchDataTest(300, 40, 4, 0.7) {
    recipe_ = {.hidden = {32, 16}, .dropout = {0.25, 0.5}, .epochs = 10, .batch = 32};
    AddIndividuals(5, 12);
  }

  std::vector<double> Batched(int64_t together, uint64_t seed = 1) const {
    BatchedFitness batched(recipe_, metric_, data_, seed, {{}, together});
    std::vector<double> fitness(individuals_.size());
    batched.Evaluate(individuals_, {}, [&](size_t i, double value) { fitness[i] = value; });
    return fitness;
  }
};

TEST_F(BatchedFitnessTest, LossesOfTheFirstStepsAreThoseOfOneAtATime) {
  for (const train::Balance balance : {train::Balance::kWeights, train::Balance::kSampler}) {
    for (const train::MovingStatistics statistics :
         {train::MovingStatistics::kDebiased, train::MovingStatistics::kKeras}) {
      recipe_.balance = balance;
      recipe_.moving_statistics = statistics;
      const auto losses =
          BatchedFitness(recipe_, metric_, data_, 3, {}).FirstLosses(individuals_, 50);
      for (size_t i = 0; i < individuals_.size(); ++i) {
        std::vector<double> alone;
        TrainOnColumns(recipe_, data_, data_.folds[0], individuals_[i], 3,
                       [&](double loss) { alone.push_back(loss); });
        ASSERT_EQ(losses[i].size(), 50u);
        for (size_t step = 0; step < 50; ++step)
          EXPECT_NEAR(losses[i][step], alone[step], 1e-5) << i << " " << step;
      }
    }
  }
}

TEST_F(BatchedFitnessTest, FitnessIsThatOfOneAtATimeInEachMetric) {
  for (const Metric metric : {Metric::kAccuracy, Metric::kAuc, Metric::kLogLoss}) {
    metric_ = metric;
    const std::vector<double> batched = Batched(0);
    for (size_t i = 0; i < individuals_.size(); ++i)
      EXPECT_NEAR(batched[i], HeadFitness(recipe_, metric_, data_, individuals_[i], 1), 0.011)
          << i;  // a row of 100
  }
}

TEST_F(BatchedFitnessTest, HowManyAreTrainedTogetherDoesNotMatter) {
  metric_ = Metric::kLogLoss;
  const std::vector<double> one = Batched(1);
  for (const int64_t together : {2, 3, 5}) {
    const std::vector<double> found = Batched(together);
    for (size_t i = 0; i < one.size(); ++i) EXPECT_NEAR(found[i], one[i], 1e-4);
  }
}

TEST_F(BatchedFitnessTest, SameAccuracyOverTenSeeds) {
  double difference = 0;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    const std::vector<double> batched = Batched(0, seed);
    for (size_t i = 0; i < individuals_.size(); ++i)
      difference += (batched[i] - HeadFitness(recipe_, metric_, data_, individuals_[i], seed)) / 50;
  }
  EXPECT_NEAR(difference, 0, 0.002);
}

TEST_F(BatchedFitnessTest, ShortenedAsOneAtATimeIs) {
  metric_ = Metric::kLogLoss;
  BatchedFitness batched(recipe_, metric_, data_, 1, {{}, 0});
  for (const Budget budget : {Budget{Resource::kEpochs, 3}, Budget{Resource::kRows, 2}}) {
    const FitnessData part{data_.features, labels_, WithBudget(data_, budget, 1)};
    batched.Evaluate(individuals_, budget, [&](size_t i, double value) {
      EXPECT_NEAR(value,
                  HeadFitness(WithBudget(recipe_, budget), metric_, part, individuals_[i], 1), 1e-3)
          << i;
    });
  }
}

TEST_F(BatchedFitnessTest, Bf16OfTheTrainerIsNearThatOfStackedHeads) {
  recipe_.precision = Precision::kBf16;
  BatchedFitness batched(recipe_, metric_, data_, 1, {{}, 0});
  const std::vector<std::vector<double>> losses = batched.FirstLosses(individuals_, 20);
  for (size_t i = 0; i < individuals_.size(); ++i) {
    std::vector<double> own;
    TrainOnColumns(recipe_, data_, data_.folds[0], individuals_[i], 1,
                   [&](double loss) { own.push_back(loss); });
    for (size_t step = 0; step < 20; ++step)
      EXPECT_NEAR(own[step], losses[i][step], 0.02) << i << ' ' << step;
  }
}

TEST_F(BatchedFitnessTest, Bf16IsNear) {
  metric_ = Metric::kLogLoss;
  Recipe bf16 = recipe_;
  bf16.precision = Precision::kBf16;
  BatchedFitness batched(bf16, metric_, data_, 1, {{}, 0});
  batched.Evaluate(individuals_, {}, [&](size_t i, double value) {
    EXPECT_NEAR(value, HeadFitness(recipe_, metric_, data_, individuals_[i], 1), 0.1) << i;
  });
}

TEST_F(BatchedFitnessTest, FoldsAndDivergence) {
  const Fold first = data_.folds[0];
  data_.folds.push_back({first.validation_rows, first.train_rows});
  const std::vector<double> batched = Batched(2);
  for (size_t i = 0; i < individuals_.size(); ++i)
    EXPECT_NEAR(batched[i], HeadFitness(recipe_, metric_, data_, individuals_[i], 1), 0.02);
  recipe_.lr = 1e30;
  for (const double fitness : Batched(3)) EXPECT_TRUE(std::isnan(fitness));
}

}  // namespace
}  // namespace kallos::ga
