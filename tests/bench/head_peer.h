// The peer of head_bench: the same head as a plain LibTorch user would train it.
#pragma once

#include <span>
#include <vector>

#include "lib/model/head.h"

namespace kallos {

// Least seconds of a training step with torch::nn modules and torch::optim::Adam on all threads; 0
// when built without LibTorch.
double EagerTorchStepSeconds(const model::HeadSpec& spec, size_t batch);

// Mean seconds of a step that first takes its rows and columns out of all features, as a search
// does; one step per batch, the first not counted.
double EagerTorchSearchStepSeconds(const model::HeadSpec& spec, MatrixView<const float> features,
                                   const std::vector<int32_t>& columns,
                                   std::span<const std::vector<size_t>> batches);

}  // namespace kallos
