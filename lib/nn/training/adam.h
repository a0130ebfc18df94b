// Adam (Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015).
#pragma once

#include <cmath>
#include <cstdint>

namespace kallos::nn {

struct AdamSettings {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-7;  // Keras's; PyTorch has 1e-8
};

// What step t = 1, 2, ... of Adam multiplies by, in Keras's form:
//   m <- beta1 m + (1 - beta1) g          first moment of the gradient g
//   v <- beta2 v + (1 - beta2) g^2        second moment
//   parameter <- parameter - rate m / (sqrt(v) + epsilon)
//   rate = learning_rate correction / (1 - beta1^t),  correction = sqrt(1 - beta2^t)
// Moments that begin at 0 are too small by 1 - beta^t. Keras corrects both in the rate, so that,
// unlike in the paper, epsilon is added to the uncorrected root.
struct AdamStep {
  double rate, beta1, beta2, epsilon;
  double correction;  // of the second moment's root, which is in `rate`
};

inline AdamStep KerasAdamStep(const AdamSettings& adam, double learning_rate, int64_t step) {
  const auto t = static_cast<double>(step);
  const double c1 = 1 - std::pow(adam.beta1, t);
  const double c2 = std::sqrt(1 - std::pow(adam.beta2, t));
  return {learning_rate * c2 / c1, adam.beta1, adam.beta2, adam.epsilon, c2};
}

}  // namespace kallos::nn
