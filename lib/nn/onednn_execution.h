// Computes an architecture on the CPU with oneDNN's convolutions: weights packed once, activation,
// residual and gate in the same pass, maps channels last. One photograph at a time, in the thread
// that calls. No oneDNN type in this header.
#pragma once

#include <memory>
#include <vector>

#include "lib/nn/torch_execution.h"

namespace kallos::nn {

class OneDnnConvs;  // the packed convolutions of a network, shared by all threads

// `type` float32 or bfloat16 (which needs CpuHasAvx512): of weights and maps; sums are float32.
std::shared_ptr<OneDnnConvs> PackForOneDnn(const std::vector<FoldedConv>& convs,
                                           at::ScalarType type);

class OneDnnExecution : public TorchExecution {
 public:
  // `input` [1, 3, H, W] of the type of the packed convolutions.
  OneDnnExecution(OneDnnConvs& packed, const std::vector<FoldedConv>& convs, at::Tensor input,
                  Taps kind);
  ~OneDnnExecution() override;

  Value Conv(const Value& x, ConvSpec spec, const ConvEpilogue& epilogue) override;

 protected:
  at::Tensor Average(const at::Tensor& x) override;

 private:
  OneDnnConvs& packed_;
};

}  // namespace kallos::nn
