#include "lib/model/calibration.h"

#include <cmath>

#include "lib/model/outputs.h"

namespace kallos::model {

// -log p(label) = log(1 + exp(-m)) of the margin m = +-(z_1 - z_0) / T, the sign that of the label.
Quality Measure(const Matrix<float>& logits, const std::vector<int>& labels, double temperature) {
  Quality quality;
  const auto n = static_cast<double>(labels.size());
  double right = 0;
  const std::vector<double> good = ProbabilityOfGood(logits, temperature);
  for (size_t i = 0; i < labels.size(); ++i) {
    const bool label = labels[i] == 1;
    const double margin = (double{logits(i, 1)} - logits(i, 0)) / temperature * (label ? 1 : -1);
    quality.loss +=
        (margin > 0 ? std::log1p(std::exp(-margin)) : -margin + std::log1p(std::exp(margin))) / n;
    right += (good[i] > 0.5) == label ? 1 : 0;
  }
  quality.accuracy = right / n;
  return quality;
}

// Golden-section search on the temperature's logarithm, in which the loss has one minimum.
double FitTemperature(const Matrix<float>& logits, const std::vector<int>& labels) {
  const double ratio = (std::sqrt(5.0) - 1) / 2;
  const auto loss = [&](double log_t) { return Measure(logits, labels, std::exp(log_t)).loss; };
  double low = std::log(0.05);
  double high = std::log(20.0);
  for (int i = 0; i < 60; ++i) {
    const double a = high - ratio * (high - low);
    const double b = low + ratio * (high - low);
    (loss(a) < loss(b) ? high : low) = loss(a) < loss(b) ? b : a;
  }
  const double best = (low + high) / 2;
  return loss(best) < loss(0) ? std::exp(best) : 1;
}

}  // namespace kallos::model
