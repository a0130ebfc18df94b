// What a caller chooses about the optimiser. No LibTorch type in this header.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lib/nn/training/adam.h"

namespace kallos::nn {

// Adam, or AdamW where weight_decay is above 0.
struct OptimizerOptions {
  AdamSettings adam;
  double weight_decay = 0;  // AdamW's, times the learning rate; of kernels only
  // Gradients whose norm, over all parameters together, is above it are scaled down to it (clipping
  // by the global norm); 0: never.
  double largest_gradient = 0;
  // Decay of the exponential moving average of the weights, after t steps at most
  // (1 + t) / (10 + t); 0: none is kept.
  double average = 0;
  // Factor of the learning rate for parameters whose names begin so; the first that fits.
  // {"dense1/", 10}
  std::vector<std::pair<std::string, double>> rates = {};
};

}  // namespace kallos::nn
