// Convolutions with their batch norms folded in: what the executors compute with.
#pragma once

#include <vector>

#include "lib/nn/graph.h"
#include "lib/nn/layout.h"

namespace kallos::nn {

struct FoldedConv {
  ConvSpec spec;
  at::Tensor weight;  // float32 [out, in (1 if depthwise), height, width], channels last
  at::Tensor bias;    // float32 [out]; undefined where there is none
};

// y = scale * ((conv(x) - mean) / sqrt(variance + epsilon) * gamma + beta), as one convolution with
// a bias. Folded in double precision.
std::vector<FoldedConv> FoldConvs(const std::vector<ConvSpec>& convs,
                                  const ParameterValues& values);

}  // namespace kallos::nn
