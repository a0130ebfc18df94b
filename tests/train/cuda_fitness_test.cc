// On a real device; skipped where there is none.
#include <gmock/gmock.h>

#include <algorithm>

#include "lib/core/rng.h"
#include "train/batched_fitness.h"

namespace kallos::train {
namespace {

class CudaFitnessTest : public testing::Test {
 protected:
  CudaFitnessTest() : features_(3000, 200) {
    Stream stream(1, "test/cuda");
    for (size_t i = 0; i < features_.rows(); ++i) {
      labels_.push_back(static_cast<int>(stream.Below(2)));
      for (size_t j = 0; j < features_.columns(); ++j)
        features_(i, j) = static_cast<float>(stream.Normal() + (j < 10 ? 0.4 * labels_[i] : 0));
    }
    Fold fold;
    for (size_t i = 0; i < features_.rows(); ++i) (i % 3 == 0 ? fold.validation_rows : fold.train_rows).push_back(i);
    data_.folds = {fold};
    recipe_ = {.hidden = {64, 32}, .dropout = {0.25, 0.5}, .epochs = 5};
    for (int32_t k = 0; k < 6; ++k) {
      Columns columns;
      for (int32_t j = 0; j < 50; ++j) columns.push_back((4 * j + k) % 200);
      std::ranges::sort(columns);
      individuals_.push_back(columns);
    }
  }

  void SetUp() override {
    device_ = ResolveDevice("auto");
    if (!device_.cuda) GTEST_SKIP() << "skipped: LibTorch sees no CUDA device here";
  }

  std::vector<double> OnDevice(Precision precision, int64_t together) const {
    Recipe recipe = recipe_;
    recipe.precision = precision;
    BatchedFitness batched(recipe, data_, 1, {device_, together});
    std::vector<double> fitness(individuals_.size());
    batched.Evaluate(individuals_, {}, [&](size_t i, double value) { fitness[i] = value; });
    return fitness;
  }

  Matrix<float> features_;
  std::vector<int> labels_;
  Recipe recipe_;
  FitnessData data_{std::as_const(features_).View(), labels_, {}};
  std::vector<Columns> individuals_;
  Device device_;
};

TEST_F(CudaFitnessTest, LossesAreThoseOfTheHost) {
  BatchedFitness batched(recipe_, data_, 1, {device_, 0});
  const std::vector<std::vector<double>> losses = batched.FirstLosses(individuals_, 16);
  for (size_t i = 0; i < individuals_.size(); ++i) {
    std::vector<double> host;
    TrainOnColumns(recipe_, data_, data_.folds[0], individuals_[i], 1, [&](double loss) { host.push_back(loss); });
    for (size_t step = 0; step < 16; ++step) EXPECT_NEAR(losses[i][step], host[step], 1e-3) << i << ' ' << step;
  }
}

TEST_F(CudaFitnessTest, AccuracyIsThatOfTheHostInEveryPrecision) {
  for (const Precision precision : {Precision::kFp32, Precision::kTf32, Precision::kBf16}) {
    const std::vector<double> found = OnDevice(precision, 0);
    double difference = 0;
    for (size_t i = 0; i < found.size(); ++i)
      difference += (found[i] - HeadFitness(recipe_, data_, individuals_[i], 1)) / static_cast<double>(found.size());
    EXPECT_NEAR(difference, 0, precision == Precision::kBf16 ? 0.02 : 0.005);
  }
}

TEST_F(CudaFitnessTest, SameBitsAgain) {
  for (const int64_t together : {0, 4})
    EXPECT_EQ(OnDevice(Precision::kTf32, together), OnDevice(Precision::kTf32, together));
}

}  // namespace
}  // namespace kallos::train
