#include "lib/model/calibration.h"

#include <gtest/gtest.h>

#include <cmath>

#include "lib/core/rng.h"

namespace kallos::model {
namespace {

// Logits whose labels are drawn with their probabilities at temperature `truth`.
std::pair<Matrix<float>, std::vector<int>> Sample(size_t n, double truth, uint64_t seed) {
  Stream stream(seed, "test/calibration");
  Matrix<float> logits(n, 2);
  std::vector<int> labels;
  for (size_t i = 0; i < n; ++i) {
    logits(i, 0) = static_cast<float>(4 * stream.Normal());
    logits(i, 1) = static_cast<float>(4 * stream.Normal());
    const double p = 1 / (1 + std::exp(-(logits(i, 1) - logits(i, 0)) / truth));
    labels.push_back(stream.Uniform() < p ? 1 : 0);
  }
  return {logits, labels};
}

TEST(Calibration, KnownLoss) {
  Matrix<float> logits(2, 2);
  logits(0, 1) = 2;
  logits(1, 1) = 2;
  const Quality quality = Measure(logits, {1, 0});
  EXPECT_NEAR(quality.loss, (std::log(1 + std::exp(-2)) + std::log(1 + std::exp(2))) / 2, 1e-12);
  EXPECT_EQ(quality.accuracy, 0.5);
  EXPECT_NEAR(Measure(logits, {1, 1}, 4).loss, std::log(1 + std::exp(-0.5)), 1e-12);
}

TEST(Calibration, HugeLogitsStayFinite) {
  Matrix<float> logits(2, 2);
  logits(0, 1) = 1e30f;
  logits(1, 0) = 3000;
  EXPECT_EQ(Measure(logits, {1, 0}).loss, 0);
  EXPECT_NEAR(Measure(logits, {1, 1}).loss, 1500, 1e-9);
}

TEST(Calibration, TemperatureIsFoundAgain) {
  for (const double truth : {0.3, 1.0, 3.0}) {
    const auto [logits, labels] = Sample(6000, truth, 1);
    EXPECT_NEAR(FitTemperature(logits, labels), truth, 0.1 * truth);
  }
}

TEST(Calibration, NeverWorseThanNone) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const auto [logits, labels] = Sample(2 + seed % 30, seed % 3 == 0 ? 1.0 : 4.0, seed);
    const double temperature = FitTemperature(logits, labels);
    EXPECT_LE(Measure(logits, labels, temperature).loss, Measure(logits, labels).loss);
    EXPECT_EQ(Measure(logits, labels, temperature).accuracy, Measure(logits, labels).accuracy);
  }
}

}  // namespace
}  // namespace kallos::model
