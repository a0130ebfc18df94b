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
  double largest_gradient =
      0;  // longer gradients, over all parameters together, are shortened to it; 0: never
  double average = 0;  // decay of the moving average of the weights, after t steps at most (1 + t)
                       // / (10 + t); 0: none is kept
  // Factor of the learning rate for parameters whose names begin so; the first that fits.
  // {"dense1/", 10}
  std::vector<std::pair<std::string, double>> rates = {};
};

}  // namespace kallos::nn
