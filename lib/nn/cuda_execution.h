// Computes an architecture on CUDA: LibTorch's operations, those of cuDNN that end with a bias and
// ReLU, and map_pass.h for what else follows a convolution, so that maps are written once where
// LibTorch alone goes over them up to four times.
#pragma once

#include "lib/nn/torch_execution.h"

namespace kallos::nn {

class CudaExecution : public TorchExecution {
 public:
  using TorchExecution::TorchExecution;
  Value Conv(const Value& x, ConvSpec spec, const ConvEpilogue& epilogue) override;
};

}  // namespace kallos::nn
