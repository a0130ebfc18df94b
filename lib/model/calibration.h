// How good logits are, and the temperature that makes their probabilities fit.
#pragma once

#include <vector>

#include "lib/core/matrix.h"

namespace kallos::model {

struct Quality {
  double loss = 0;      // mean cross-entropy in nats, every row counting the same
  double accuracy = 0;  // part of the rows with P(good) > 0.5 exactly where the label is 1
};

// logits: rows x 2, divided by `temperature`; labels: 0 or 1 by row.
Quality Measure(const Matrix<float>& logits, const std::vector<int>& labels,
                double temperature = 1);

// The temperature in [0.05, 20] that minimises the loss (Guo et al., "On Calibration of Modern
// Neural Networks", ICML 2017). Never worse than a temperature of 1.
double FitTemperature(const Matrix<float>& logits, const std::vector<int>& labels);

}  // namespace kallos::model
