#include "lib/model/outputs.h"

#include <gmock/gmock.h>

#include <cmath>

#include "lib/core/rng.h"

namespace kallos::model {
namespace {

Matrix<float> RandomOutputs(size_t rows, size_t columns, double scale) {
  Stream stream(columns, "test/outputs");
  Matrix<float> outputs(rows, columns);
  for (size_t i = 0; i < rows * columns; ++i)
    outputs.data()[i] = static_cast<float>(scale * stream.Normal());
  return outputs;
}

TEST(Outputs, SoftmaxAgreesWithItsDefinitionAndSumsToOne) {
  for (const size_t columns : {size_t{1}, size_t{2}, size_t{10}}) {
    for (const double temperature : {0.3, 1.0, 4.0}) {
      const Matrix<float> z = RandomOutputs(50, columns, 3);
      const Matrix<double> p = Answers(z, Link::kSoftmax, temperature);
      for (size_t i = 0; i < z.rows(); ++i) {
        double all = 0, sum = 0;
        for (const float x : z.Row(i)) all += std::exp(x / temperature);
        for (size_t j = 0; j < columns; ++j) {
          EXPECT_NEAR(p(i, j), std::exp(z(i, j) / temperature) / all, 1e-14);
          sum += p(i, j);
        }
        EXPECT_NEAR(sum, 1, 1e-14);
      }
    }
  }
}

TEST(Outputs, SoftmaxOfHugeOutputsIsZeroOrOne) {
  Matrix<float> z(1, 3);
  z(0, 0) = -3e38f, z(0, 1) = 3e38f;
  EXPECT_THAT(Answers(z, Link::kSoftmax, 0.05).Row(0), testing::ElementsAre(0, 1, 0));
}

// A verdict is a softmax of two classes: a sigmoid of the difference.
TEST(Outputs, ProbabilityOfGoodIsTheSigmoidOfTheDifference) {
  const Matrix<float> z = RandomOutputs(200, 2, 4);
  const std::vector<double> good = ProbabilityOfGood(z, 1.7);
  const Matrix<double> p = Answers(z, Link::kSoftmax, 1.7);
  for (size_t i = 0; i < z.rows(); ++i) {
    EXPECT_EQ(good[i], p(i, 1));
    EXPECT_EQ(good[i], 1 / (1 + std::exp(-(double{z(i, 1)} - z(i, 0)) / 1.7)));
  }
}

TEST(Outputs, SigmoidTakesEachOutputAlone) {
  const Matrix<float> z = RandomOutputs(20, 4, 3);
  const Matrix<double> p = Answers(z, Link::kSigmoid, 2);
  for (size_t i = 0; i < z.rows(); ++i) {
    for (size_t j = 0; j < 4; ++j)
      EXPECT_NEAR(std::log(p(i, j) / (1 - p(i, j))), z(i, j) / 2.0, 1e-9);
  }
}

TEST(Outputs, IdentityGivesTheOutputs) {
  const Matrix<float> z = RandomOutputs(20, 3, 3);
  const Matrix<double> answers = Answers(z, Link::kIdentity, 1);
  for (size_t i = 0; i < z.rows(); ++i)
    EXPECT_THAT(answers.Row(i), testing::ElementsAre(z(i, 0), z(i, 1), z(i, 2)));
}

TEST(Outputs, AVerdictIsASoftmaxOfBadAndGoodInThisOrder) {
  EXPECT_TRUE(IsVerdict({}));
  EXPECT_FALSE(IsVerdict({Link::kSoftmax, {"good", "bad"}}));
  EXPECT_FALSE(IsVerdict({Link::kSigmoid, {"bad", "good"}}));
  EXPECT_EQ(TextOf({Link::kIdentity, {"a", "b"}}), "identity of [a, b]");
}

}  // namespace
}  // namespace kallos::model
