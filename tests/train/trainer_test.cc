#include "train/trainer.h"

#include <gmock/gmock.h>

#include <numeric>

#include "lib/core/error.h"
#include "lib/core/rng.h"
#include "lib/parallel/parallel.h"
#include "tests/train/slow_trainer.h"

namespace kallos::train {
namespace {

// Random features and labels, and a head in which nothing has its initial value.
struct Problem {
  Problem(size_t rows, size_t inputs, std::vector<int64_t> hidden, uint64_t seed)
      : features(rows, inputs) {
    Stream stream(seed, "test/problem");
    for (size_t i = 0; i < rows * inputs; ++i)
      features.data()[i] = static_cast<float>(stream.Normal());
    for (size_t i = 0; i < rows; ++i) labels.push_back(static_cast<int>(stream.Below(2)));
    const std::vector<double> none(hidden.size());
    head = model::InitHead({inputs, std::move(hidden), none}, seed);
    for (model::HeadLayer& layer : head) {
      for (float& value : layer.bias) value = static_cast<float>(0.1 * stream.Normal());
      for (float& value : layer.gamma) value = static_cast<float>(stream.Uniform(0.5, 1.5));
      for (float& value : layer.beta) value = static_cast<float>(0.3 * stream.Normal());
    }
  }

  TrainingData data() const { return {features.View(), labels, weights}; }
  std::vector<double> no_dropout() const { return std::vector<double>(head.size() - 1); }
  std::vector<size_t> Rows(size_t first, size_t count) const {
    std::vector<size_t> rows(count);
    std::iota(rows.begin(), rows.end(), first);
    return rows;
  }

  Matrix<float> features;
  std::vector<int> labels;
  std::vector<float> weights = {0.7f, 1.8f};
  model::Head head;
};

std::vector<float> StateTensor(const Trainer& trainer, const std::string& name) {
  for (const weights::Tensor& tensor : trainer.State()) {
    if (tensor.name == name) return tensor.values;
  }
  ADD_FAILURE() << name;
  return {};
}

// The first moments after a single step are a tenth of its gradient. In the order of
// SlowTrainer::Parameters.
std::vector<double> GradientOf(const Trainer& trainer, size_t layers) {
  std::vector<double> gradient;
  for (size_t i = 0; i < layers; ++i) {
    for (const char* name : {"kernel", "bias", "gamma", "beta"}) {
      if (i + 1 == layers && (name[0] == 'g' || std::string(name) == "beta")) continue;
      for (const float m : StateTensor(trainer, fmt::format("adam/{}/{}/m", i, name)))
        gradient.push_back(m / 0.1);
    }
  }
  return gradient;
}

TEST(Trainer, GradientsAreThoseOfTheLoss) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const std::vector<std::vector<int64_t>> shapes = {{4}, {5, 3}, {3, 4, 3}};
    const Problem problem(12, 3 + seed % 4, shapes[seed % 3], seed);
    const std::vector<size_t> rows = problem.Rows(1, 9);
    Trainer trainer(problem.head, {.dropout = problem.no_dropout(), .seed = seed});
    SlowTrainer slow(problem.head, MovingStatistics::kDebiased);
    const double expected_loss = slow.Loss(problem.data(), rows);
    const std::vector<double> expected = slow.Gradient(problem.data(), rows);
    EXPECT_NEAR(trainer.Step(problem.data(), rows, 1e-3), expected_loss, 2e-6);
    const std::vector<double> found = GradientOf(trainer, problem.head.size());
    ASSERT_EQ(found.size(), expected.size());
    double largest = 0;
    for (const double g : expected) largest = std::max(largest, std::abs(g));
    for (size_t i = 0; i < expected.size(); ++i)
      EXPECT_NEAR(found[i], expected[i], 3e-6 * (1 + largest)) << seed;
  }
}

// A loss that is linear in the logits, so that its slope along an input is exact up to the
// network's curvature.
TEST(Trainer, TheGradientByTheInputsIsTheSlope) {
  const Problem problem(6, 5, {7, 4}, 3);
  const auto loss = [](Matrix<float>& logits) {
    double sum = 0;
    for (size_t i = 0; i < logits.rows(); ++i) {
      for (size_t c = 0; c < 2; ++c) {
        const double weight = 0.3 * static_cast<double>(i) - static_cast<double>(c);
        sum += weight * logits(i, c);
        logits(i, c) = static_cast<float>(weight);
      }
    }
    return sum;
  };
  const auto loss_at = [&](const Matrix<float>& inputs, Matrix<float>* gradient) {
    return Trainer(problem.head, {.dropout = problem.no_dropout()})
        .StepOn(inputs, loss, 1e-3, gradient);
  };
  Matrix<float> gradient;
  loss_at(problem.features, &gradient);
  ASSERT_EQ(gradient.rows(), 6u);
  ASSERT_EQ(gradient.columns(), 5u);
  for (size_t i = 0; i < 30; ++i) {
    Matrix<float> up = problem.features, down = problem.features;
    up.data()[i] += 1e-3f;
    down.data()[i] -= 1e-3f;
    EXPECT_NEAR(gradient.data()[i], (loss_at(up, nullptr) - loss_at(down, nullptr)) / 2e-3, 2e-2)
        << i;
  }
}

TEST(Trainer, GradientsOfBf16AreNear) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const Problem problem(60, 30, {16, 8}, seed);
    const std::vector<size_t> rows = problem.Rows(1, 50);
    const auto gradient = [&](Precision precision) {
      Trainer trainer(problem.head, {.dropout = {0, 0}, .seed = seed, .precision = precision});
      trainer.Step(problem.data(), rows, 1e-3);
      return GradientOf(trainer, problem.head.size());
    };
    const std::vector<double> exact = gradient(Precision::kFp32),
                              rounded = gradient(Precision::kBf16);
    double error = 0, norm = 0;
    for (size_t i = 0; i < exact.size(); ++i)
      error += std::pow(rounded[i] - exact[i], 2), norm += std::pow(exact[i], 2);
    EXPECT_LT(std::sqrt(error / norm), 0.1)
        << "8 bits of mantissa, and a few units on the other side of 0";
    EXPECT_GT(std::sqrt(error / norm), 1e-4) << "they are rounded";
  }
}

TEST(Trainer, ThreeStepsAgreeWithTheDefinition) {
  for (const MovingStatistics moving : {MovingStatistics::kDebiased, MovingStatistics::kKeras}) {
    const Problem problem(40, 5, {6, 4}, 2);
    Trainer trainer(problem.head, {.dropout = {0, 0}, .seed = 1, .moving_statistics = moving});
    SlowTrainer slow(problem.head, moving);
    for (size_t step = 0; step < 3; ++step) {
      const double rate = 0.01 / static_cast<double>(1 + step);
      trainer.Step(problem.data(), problem.Rows(13 * step, 12 + step), rate);
      slow.Step(problem.data(), problem.Rows(13 * step, 12 + step), rate);
      const auto expect_near = [&](const float* found, const std::vector<double>& expected,
                                   const char* what) {
        for (size_t i = 0; i < expected.size(); ++i)
          EXPECT_NEAR(found[i], expected[i], 2e-5) << what << " " << step;
      };
      for (size_t i = 0; i < problem.head.size(); ++i) {
        const model::HeadLayer& layer = trainer.head()[i];
        const SlowTrainer::Layer& expected = slow.layers()[i];
        expect_near(layer.kernel.data(), expected.kernel, "kernel");
        expect_near(layer.bias.data(), expected.bias, "bias");
        expect_near(layer.gamma.data(), expected.gamma, "gamma");
        expect_near(layer.beta.data(), expected.beta, "beta");
        expect_near(layer.mean.data(), expected.mean, "mean");
        expect_near(layer.variance.data(), expected.variance, "variance");
      }
    }
  }
}

TEST(Trainer, DebiasedStatisticsAreTheAverageOfTheBatches) {
  const Problem problem(30, 4, {6}, 3);
  const std::vector<size_t> rows = problem.Rows(0, 30);
  const auto after = [&](MovingStatistics moving, bool trained, int steps) {
    Trainer trainer(problem.head,
                    {.dropout = {0}, .moving_statistics = moving, .trained = trained});
    for (int i = 0; i < steps; ++i) trainer.Step(problem.data(), rows, 1e-9);
    return trainer.head()[0];
  };
  const model::HeadLayer first = after(MovingStatistics::kDebiased, false, 1);
  const model::HeadLayer later = after(MovingStatistics::kDebiased, false, 25);
  const model::HeadLayer keras = after(MovingStatistics::kKeras, false, 25);
  const model::HeadLayer trained = after(MovingStatistics::kDebiased, true, 25);
  const double initial = std::pow(0.99, 25);
  for (size_t j = 0; j < 6; ++j) {
    EXPECT_NEAR(later.mean[j], first.mean[j], 1e-5);
    EXPECT_NEAR(later.variance[j], first.variance[j], 1e-5);
    EXPECT_NEAR(keras.mean[j], (1 - initial) * first.mean[j], 1e-5);
    EXPECT_NEAR(keras.variance[j], (1 - initial) * first.variance[j] + initial, 1e-5);
    EXPECT_EQ(trained.mean[j], keras.mean[j]);
  }
}

// With gamma 0 and beta 1 a hidden unit is 0 or 1 / (1 - p); with a last kernel of 0 both rows have
// the same gradient g, and that of unit j is g times the sum of its two outputs.
TEST(Trainer, DropoutZeroesItsPartAndScalesTheRest) {
  constexpr size_t kUnits = 2000;
  constexpr double kRate = 0.25;
  Problem problem(2, 3, {static_cast<int64_t>(kUnits)}, 1);
  problem.labels = {1, 1};
  problem.weights = {1, 1};
  std::fill(problem.head[0].gamma.begin(), problem.head[0].gamma.end(), 0.0f);
  std::fill(problem.head[0].beta.begin(), problem.head[0].beta.end(), 1.0f);
  std::fill_n(problem.head[1].kernel.data(), 2 * kUnits, 0.0f);
  problem.head[1].bias = {0, 0};
  Trainer trainer(problem.head, {.dropout = {kRate}, .seed = 4});
  trainer.Step(problem.data(), {0, 1}, 1e-3);
  const std::vector<float> m = StateTensor(trainer, "adam/1/kernel/m");
  std::vector<double> seen(3);
  for (size_t j = 0; j < kUnits; ++j) {
    const double kept = m[2 * j] / 0.1 * (1 - kRate) / 0.25;  // g of class 0 is 0.5 / 2 rows
    ASSERT_NEAR(kept, std::round(kept), 1e-4);
    seen.at(static_cast<size_t>(std::lround(kept))) += 1.0 / kUnits;
  }
  EXPECT_NEAR(seen[0], kRate * kRate, 0.03);
  EXPECT_NEAR(seen[1], 2 * kRate * (1 - kRate), 0.05);
  EXPECT_NEAR(seen[2], (1 - kRate) * (1 - kRate), 0.05);
}

bool SameState(const Trainer& a, const Trainer& b) {
  const auto x = a.State(), y = b.State();
  for (size_t i = 0; i < x.size(); ++i) {
    if (x[i].name != y[i].name || x[i].values != y[i].values) return false;
  }
  return x.size() == y.size();
}

TEST(Trainer, SameBytesAtAnyThreadCount) {
  const Problem problem(64, 150, {600, 70}, 1);
  const auto train = [&](int threads) {
    SetThreads(threads);
    Trainer trainer(problem.head, {.dropout = {0.25, 0.5}, .seed = 9});
    for (size_t i = 0; i < 4; ++i) trainer.Step(problem.data(), problem.Rows(3 * i, 40 + i), 0.003);
    return trainer;
  };
  const Trainer one = train(1);
  EXPECT_TRUE(SameState(one, train(2)));
  EXPECT_TRUE(SameState(one, train(5)));
}

TEST(Trainer, GoesOnFromItsStateByteForByte) {
  const Problem problem(64, 20, {30, 10}, 1);
  for (const Precision precision : {Precision::kFp32, Precision::kBf16}) {
    const TrainerOptions options{.dropout = {0.25, 0.5}, .seed = 9, .precision = precision};
    Trainer whole(problem.head, options);
    Trainer first(problem.head, options);
    const auto step = [&](Trainer& trainer, size_t i) {
      trainer.Step(problem.data(), problem.Rows(i, 20), 0.01);
    };
    for (size_t i = 0; i < 6; ++i) {
      if (i == 2) whole.StartFit(whole.head());
      step(whole, i);
    }
    step(first, 0);
    step(first, 1);
    first.StartFit(first.head());
    step(first, 2);
    Trainer second(model::InitHead({20, {30, 10}, {0, 0}}, 77), options);
    second.Restore(first.State(), "file");
    for (size_t i = 3; i < 6; ++i) step(second, i);
    EXPECT_TRUE(SameState(whole, second));
  }
}

TEST(Trainer, ANewFitForgetsTheMoments) {
  const Problem problem(64, 20, {30}, 1);
  Trainer trainer(problem.head, {.dropout = {0}, .seed = 9});
  Trainer other(problem.head, {.dropout = {0}, .seed = 9});
  for (size_t i = 0; i < 3; ++i) trainer.Step(problem.data(), problem.Rows(i, 20), 0.01);
  trainer.StartFit(problem.head);
  trainer.Step(problem.data(), problem.Rows(7, 20), 0.01);
  other.Step(problem.data(), problem.Rows(7, 20), 0.01);
  for (size_t i = 0; i < 2; ++i) {
    const Matrix<float>&a = trainer.head()[i].kernel, &b = other.head()[i].kernel;
    EXPECT_TRUE(std::equal(a.data(), a.data() + a.rows() * a.columns(), b.data()));
  }
}

TEST(Trainer, DamagedStatesAndSingleRowsAreRefused) {
  const Problem problem(8, 3, {4}, 1);
  Trainer trainer(problem.head, {.dropout = {0}});
  std::vector<weights::Tensor> state = trainer.State();
  std::erase_if(state, [](const weights::Tensor& t) { return t.name == "adam/0/gamma/v"; });
  EXPECT_THROW(trainer.Restore(state, "file"), Error);
  EXPECT_THROW(trainer.Step(problem.data(), {3}, 0.1), BugError);
}

}  // namespace
}  // namespace kallos::train
