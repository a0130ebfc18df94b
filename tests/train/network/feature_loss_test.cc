#include "train/network/feature_loss.h"

#include <gmock/gmock.h>

#include <cmath>

#include "lib/core/rng.h"

namespace kallos::train {
namespace {

Matrix<float> Draw(size_t rows, size_t columns, uint64_t seed) {
  Matrix<float> values(rows, columns);
  Stream stream(seed, "test/values");
  for (size_t i = 0; i < rows * columns; ++i)
    values.data()[i] = static_cast<float>(stream.Normal());
  return values;
}

Matrix<float> Rows(std::initializer_list<std::initializer_list<float>> rows) {
  Matrix<float> values(rows.size(), rows.begin()->size());
  size_t i = 0;
  for (const auto& row : rows) std::copy(row.begin(), row.end(), values.Row(i++).begin());
  return values;
}

LossAndGradient Compare(FeatureLoss loss, const Matrix<float>& outputs,
                        const Matrix<float>& targets) {
  return Compare(loss, outputs.View(), targets.View());
}

TEST(FeatureLoss, KnownValues) {
  const Matrix<float> outputs = Rows({{1, 2}, {3, 4}}), targets = Rows({{1, 0}, {0, 4}});
  EXPECT_DOUBLE_EQ(Compare(FeatureLoss::kMse, outputs, targets).loss, (4.0 + 9.0) / 4);
  EXPECT_NEAR(Compare(FeatureLoss::kCosine, outputs, targets).loss,
              1 - (1 / std::sqrt(5.0) + 0.8) / 2, 1e-7);
  EXPECT_EQ(Compare(FeatureLoss::kMse, targets, targets).loss, 0);
  EXPECT_NEAR(Compare(FeatureLoss::kCosine, targets, targets).loss, 0, 1e-7);
}

// The gradient by differences of the loss.
TEST(FeatureLoss, GradientIsTheSlope) {
  for (const FeatureLoss loss :
       {FeatureLoss::kMse, FeatureLoss::kStandardizedMse, FeatureLoss::kCosine}) {
    const Matrix<float> outputs = Draw(3, 7, 1), targets = Draw(3, 7, 2);
    const LossAndGradient found = Compare(loss, outputs, targets);
    for (size_t i = 0; i < 21; ++i) {
      constexpr float kStep = 1e-2f;
      Matrix<float> up = outputs, down = outputs;
      up.data()[i] += kStep;
      down.data()[i] -= kStep;
      const double slope = (Compare(loss, up, targets).loss - Compare(loss, down, targets).loss) /
                           (up.data()[i] - down.data()[i]);
      EXPECT_NEAR(found.gradient.data()[i], slope, 1e-4) << EnumName(loss) << ' ' << i;
    }
  }
}

TEST(FeatureLoss, CosineSeesNoLength) {
  const Matrix<float> targets = Draw(4, 9, 3);
  Matrix<float> outputs = targets;
  for (size_t i = 0; i < 36; ++i) outputs.data()[i] *= 5;
  EXPECT_NEAR(Compare(FeatureLoss::kCosine, outputs, targets).loss, 0, 1e-6);
}

TEST(FeatureLoss, ARowOfZerosHasNoDirection) {
  const LossAndGradient found = Compare(FeatureLoss::kCosine, Matrix<float>(2, 3), Draw(2, 3, 4));
  EXPECT_EQ(found.loss, 1);
  for (size_t i = 0; i < 6; ++i) EXPECT_EQ(found.gradient.data()[i], 0);
}

TEST(ColumnScale, OfTheGivenRows) {
  const ColumnScale scale = ScaleOf(Rows({{1, 5}, {3, 5}, {100, 7}}), {0, 1});
  EXPECT_THAT(scale.mean, testing::ElementsAre(2, 5));
  EXPECT_THAT(scale.sd, testing::ElementsAre(1, 1)) << "a constant column is left as wide as it is";
}

}  // namespace
}  // namespace kallos::train
