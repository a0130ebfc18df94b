#include "train/network/verdict_loss.h"

#include <gtest/gtest.h>

#include <cmath>

#include "lib/core/rng.h"

namespace kallos::train {
namespace {

struct Draw {
  Matrix<float> logits;
  std::vector<VerdictTarget> targets;
};

Draw DrawRows(size_t rows, uint64_t seed) {
  Draw draw{Matrix<float>(rows, 2), {}};
  Stream stream(seed, "test/rows");
  for (size_t i = 0; i < rows; ++i) {
    VerdictTarget target{static_cast<int>(stream.Below(2)),
                         stream.Uniform(0.5, 2),
                         {3 * stream.Normal(), stream.Normal()}};
    draw.targets.push_back(target);
    for (size_t c = 0; c < 2; ++c) draw.logits(i, c) = static_cast<float>(2 * stream.Normal());
  }
  return draw;
}

double LossOf(const VerdictLoss& loss, const Draw& draw) {
  Matrix<float> logits = draw.logits;
  return ToGradient(loss, draw.targets, logits);
}

TEST(VerdictLoss, GradientIsTheSlope) {
  for (const LabelLoss kind : {LabelLoss::kCrossEntropy, LabelLoss::kBroadcastMse}) {
    for (const double soft : {0.0, 0.3, 1.0}) {
      const VerdictLoss loss{kind, soft, 3};
      const Draw draw = DrawRows(5, 1);
      Matrix<float> gradient = draw.logits;
      ToGradient(loss, draw.targets, gradient);
      for (size_t i = 0; i < 10; ++i) {
        Draw up = draw, down = draw;
        up.logits.data()[i] += 1e-2f;
        down.logits.data()[i] -= 1e-2f;
        const double step = up.logits.data()[i] - down.logits.data()[i];
        EXPECT_NEAR(gradient.data()[i], (LossOf(loss, up) - LossOf(loss, down)) / step, 1e-4)
            << soft << ' ' << i;
      }
    }
  }
}

TEST(VerdictLoss, KnownValues) {
  Draw draw{Matrix<float>(1, 2), {{1, 2, {std::log(3.0), 0}}}};
  EXPECT_NEAR(LossOf({}, draw), 2 * std::log(2.0), 1e-12);
  EXPECT_NEAR(LossOf({LabelLoss::kBroadcastMse, 0, 1}, draw), 2 * 0.25, 1e-12);
  // KL of (3/4, 1/4) from (1/2, 1/2).
  EXPECT_NEAR(LossOf({LabelLoss::kCrossEntropy, 1, 1}, draw),
              0.75 * std::log(1.5) + 0.25 * std::log(0.5), 1e-12);
}

TEST(VerdictLoss, AStudentThatSaysWhatTheTeacherSaysHasNothingToLearn) {
  Draw draw = DrawRows(6, 2);
  for (size_t i = 0; i < 6; ++i) {
    for (size_t c = 0; c < 2; ++c)
      draw.targets[i].teacher_logits[c] = draw.logits(i, c) + 5.0;  // softmax sees no shift
  }
  Matrix<float> gradient = draw.logits;
  EXPECT_NEAR(ToGradient({LabelLoss::kCrossEntropy, 1, 2}, draw.targets, gradient), 0, 1e-12);
  for (size_t i = 0; i < 12; ++i) EXPECT_NEAR(gradient.data()[i], 0, 1e-7);
}

// What the published loss cannot do: with label 1 both probabilities are to be 1, so its least
// value is no verdict.
TEST(VerdictLoss, BroadcastMseIsLeastWithoutAVerdict) {
  Draw draw{Matrix<float>(1, 2), {{1, 1, {0, 0}}}};
  const double at_half = LossOf({LabelLoss::kBroadcastMse, 0, 1}, draw);
  draw.logits(0, 1) = 2;
  EXPECT_GT(LossOf({LabelLoss::kBroadcastMse, 0, 1}, draw), at_half);
}

}  // namespace
}  // namespace kallos::train
