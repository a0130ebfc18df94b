// Predictions for the tests.
#pragma once

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "lib/core/error.h"
#include "lib/core/rng.h"
#include "lib/measures/predictions.h"

namespace kallos::measures {

inline std::vector<Prediction> MakePredictions(const std::vector<double>& probabilities,
                                               const std::vector<int>& labels,
                                               const std::string& benchmark = "test") {
  std::vector<Prediction> predictions;
  for (size_t i = 0; i < labels.size(); ++i)
    predictions.push_back(
        {fmt::format("{}-{:05}", benchmark, i), benchmark, labels[i], probabilities[i], ""});
  return predictions;
}

// Both classes, better than chance; `levels` > 0 rounds the probabilities to
// that many steps, for ties.
inline std::vector<Prediction> DrawPredictions(uint64_t seed, int n, int levels = 0) {
  Stream stream(seed, "tests/eval");
  std::vector<double> probabilities;
  std::vector<int> labels;
  for (int i = 0; i < n; ++i) {
    labels.push_back(i < 2 ? i : static_cast<int>(stream.Below(2)));
    const double p =
        std::clamp(0.5 + 0.2 * (2 * labels.back() - 1) + 0.3 * stream.Normal(), 0.0, 1.0);
    probabilities.push_back(levels > 0 ? std::round(p * levels) / levels : p);
  }
  return MakePredictions(probabilities, labels);
}

// As many predictions of each kind as the confusion matrix says.
inline std::vector<Prediction> FromCounts(int tp, int fn, int fp, int tn,
                                          const std::string& benchmark = "test") {
  std::vector<double> probabilities;
  std::vector<int> labels;
  const auto add = [&](int count, double p, int label) {
    probabilities.insert(probabilities.end(), static_cast<size_t>(count), p);
    labels.insert(labels.end(), static_cast<size_t>(count), label);
  };
  add(tp, 0.9, 1), add(fn, 0.2, 1), add(fp, 0.8, 0), add(tn, 0.1, 0);
  return MakePredictions(probabilities, labels, benchmark);
}

inline std::string MessageOf(const std::function<void()>& action,
                             ErrorKind kind = ErrorKind::kInput) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  }
  return "no error";
}

}  // namespace kallos::measures
