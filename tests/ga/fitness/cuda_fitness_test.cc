// On a real device; skipped where there is none.
#include <gmock/gmock.h>

#include <cmath>
#include <cstdio>

#include "ga/fitness/batched_fitness.h"
#include "tests/ga/fitness/search_data.h"

namespace kallos::ga {
namespace {

class CudaFitnessTest : public SearchDataTest {
 protected:
  CudaFitnessTest() : SearchDataTest(3000, 200, 10, 0.4) {
    recipe_ = {.hidden = {64, 32}, .dropout = {0.25, 0.5}, .epochs = 5};
    AddIndividuals(6, 50);
  }

  void SetUp() override {
    device_ = ResolveDevice("auto");
    if (!device_.cuda) GTEST_SKIP() << "skipped: LibTorch sees no CUDA device here";
  }

  std::vector<double> OnDevice(Precision precision, int64_t together) const {
    Recipe recipe = recipe_;
    recipe.precision = precision;
    BatchedFitness batched(recipe, metric_, data_, 1, {device_, together});
    std::vector<double> fitness(individuals_.size());
    batched.Evaluate(individuals_, {}, [&](size_t i, double value) { fitness[i] = value; });
    return fitness;
  }

  Device device_;
};

// The kernels' step fused with its product (up to 256 rows), apart from it, and LibTorch's
// operations (31 units).
TEST_F(CudaFitnessTest, LossesAreThoseOfTheHost) {
  for (const int64_t batch : {128, 77, 512}) {
    for (const int64_t units : {64, 31}) {
      recipe_.batch = batch;
      recipe_.hidden = {units, 32};
      BatchedFitness batched(recipe_, metric_, data_, 1, {device_, 0});
      const std::vector<std::vector<double>> losses = batched.FirstLosses(individuals_, 16);
      for (size_t i = 0; i < individuals_.size(); ++i) {
        std::vector<double> host;
        TrainOnColumns(recipe_, data_, data_.folds[0], individuals_[i], 1,
                       [&](double loss) { host.push_back(loss); });
        ASSERT_GE(losses[i].size(), 16u);
        double largest = 0;
        for (size_t step = 0; step < 16; ++step)
          largest = std::max(largest, std::abs(losses[i][step] - host[step]));
        EXPECT_LT(largest, 1e-3) << "batch " << batch << ", " << units << " units, individual "
                                 << i;
        if (i == 0)
          std::printf("batch %d, %d units: largest difference of 16 losses %.1e\n", int(batch),
                      int(units), largest);
      }
    }
  }
}

TEST_F(CudaFitnessTest, AccuracyIsThatOfTheHostInEveryPrecision) {
  for (const int64_t batch : {128, 512}) {
    recipe_.batch = batch;
    for (const Precision precision : {Precision::kFp32, Precision::kTf32, Precision::kBf16}) {
      const std::vector<double> found = OnDevice(precision, 0);
      double difference = 0;
      for (size_t i = 0; i < found.size(); ++i)
        difference += (found[i] - HeadFitness(recipe_, metric_, data_, individuals_[i], 1)) /
                      static_cast<double>(found.size());
      EXPECT_NEAR(difference, 0, precision == Precision::kBf16 ? 0.02 : 0.005) << "batch " << batch;
      std::printf("batch %d, %s: mean difference of accuracy %.4f\n", int(batch),
                  EnumName(precision).c_str(), difference);
    }
  }
}

TEST_F(CudaFitnessTest, SameBitsAgain) {
  for (const int64_t together : {0, 4})
    EXPECT_EQ(OnDevice(Precision::kTf32, together), OnDevice(Precision::kTf32, together));
}

}  // namespace
}  // namespace kallos::ga
