#include "train/network/verdict_loss.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "lib/core/error.h"

namespace kallos::train {
namespace {

using Pair = std::array<double, 2>;

// log p_c = z_c - log sum of exp(z), with the larger z taken out of the exponentials.
Pair LogSoftmax(double a, double b) {
  const double top = std::max(a, b);
  const double log_sum = top + std::log(std::exp(a - top) + std::exp(b - top));
  return {a - log_sum, b - log_sum};
}

// -log p_label; its gradient by the logits is p - one-hot(label).
double CrossEntropy(const Pair& log_p, int label, Pair& gradient) {
  for (int c = 0; c < 2; ++c) gradient.at(c) = std::exp(log_p.at(c)) - (c == label ? 1 : 0);
  return -log_p.at(label);
}

// The softmax's Jacobian times d = p - label: p_c (d_c - sum of p d).
double BroadcastMse(const Pair& log_p, int label, Pair& gradient) {
  const Pair p = {std::exp(log_p[0]), std::exp(log_p[1])}, d = {p[0] - label, p[1] - label};
  const double mean = p[0] * d[0] + p[1] * d[1];
  for (size_t c = 0; c < 2; ++c) gradient.at(c) = p.at(c) * (d.at(c) - mean);
  return (d[0] * d[0] + d[1] * d[1]) / 2;
}

// T^2 KL; its gradient by the logits is T (q - p).
double SoftTargets(const Pair& logits, const double* teacher, double temperature, Pair& gradient) {
  const Pair log_q = LogSoftmax(logits[0] / temperature, logits[1] / temperature);
  const Pair log_p = LogSoftmax(teacher[0] / temperature, teacher[1] / temperature);
  double divergence = 0;
  for (size_t c = 0; c < 2; ++c) {
    divergence += std::exp(log_p.at(c)) * (log_p.at(c) - log_q.at(c));
    gradient.at(c) = temperature * (std::exp(log_q.at(c)) - std::exp(log_p.at(c)));
  }
  return temperature * temperature * divergence;
}

}  // namespace

double ToGradient(const VerdictLoss& loss, const std::vector<VerdictTarget>& targets,
                  Matrix<float>& logits) {
  KALLOS_CHECK(targets.size() == logits.rows() && logits.columns() == 2);
  const double share = 1 / static_cast<double>(targets.size());
  double total = 0;
  for (size_t i = 0; i < targets.size(); ++i) {
    const VerdictTarget& target = targets[i];
    const Pair z = {logits(i, 0), logits(i, 1)};
    Pair of_label{}, of_teacher{};
    const Pair log_p = LogSoftmax(z[0], z[1]);
    const double by_label = loss.kind == LabelLoss::kCrossEntropy
                                ? CrossEntropy(log_p, target.label, of_label)
                                : BroadcastMse(log_p, target.label, of_label);
    const double hard = (1 - loss.soft_weight) * target.weight * share,
                 soft = loss.soft_weight * share;
    total += hard * by_label;
    if (soft > 0)
      total += soft * SoftTargets(z, target.teacher_logits, loss.temperature, of_teacher);
    for (size_t c = 0; c < 2; ++c)
      logits(i, c) = static_cast<float>(hard * of_label.at(c) + soft * of_teacher.at(c));
  }
  return total;
}

}  // namespace kallos::train
