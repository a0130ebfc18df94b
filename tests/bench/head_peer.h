// The peer of head_bench: the same head as a plain LibTorch user would train it.
#pragma once

#include "train/head.h"

namespace kallos {

// Least seconds of a training step with torch::nn modules and torch::optim::Adam on all threads; 0 when built without
// LibTorch.
double EagerTorchStepSeconds(const train::HeadSpec& spec, size_t batch);

}  // namespace kallos
