// How much arithmetic a backbone is.
#pragma once

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <string>

#include "lib/nn/architecture.h"
#include "lib/nn/declaration.h"
#include "lib/nn/torch_execution.h"

namespace kallos::nn {

// LibTorch's convolutions, one after the other, counting multiplications and additions.
class Counting : public TorchExecution {
 public:
  using TorchExecution::TorchExecution;
  Value Conv(const Value& x, ConvSpec spec, const ConvEpilogue& epilogue) override {
    const Value y = TorchExecution::Conv(x, spec, epilogue);
    const at::Tensor& w = convs_[count_++].weight;
    gflop += 2e-9 * static_cast<double>(w.numel() / w.size(0) * y.tensor.numel());
    return y;
  }
  double gflop = 0;

 private:
  size_t count_ = 0;
};

// Of one picture; it is computed once, on the CPU.
inline double GflopOf(const std::string& name, Taps taps, int height, int width) {
  const c10::InferenceMode inference;
  const Architecture architecture = FindArchitecture(name);
  Declaration declaration;
  BuildNetwork(declaration, architecture);
  const auto folded = FoldConvs(declaration.convs, RandomParameters(KerasLayout(name), 1));
  Counting run(folded, at::zeros({1, 3, height, width}).contiguous(at::MemoryFormat::ChannelsLast),
               taps);
  BuildNetwork(run, architecture);
  return run.gflop;
}

}  // namespace kallos::nn
