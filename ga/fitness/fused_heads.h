// Stacked heads on CUDA: hidden layers by the kernels of stacked_kernels.h.
#pragma once

#include "ga/fitness/stacked_heads.h"
#include "ga/fitness/stacked_kernels.h"

namespace kallos::ga {

class FusedHeads : public StackedHeads {
 public:
  // Whether the kernels can train these heads on the present device, or StackedHeads must.
  static bool Take(const Recipe& recipe);

  FusedHeads(const Recipe& recipe, const FirstWeights& first, const at::Tensor& indices,
             int64_t heads, Precision precision);

 protected:
  at::Tensor Forward(const Layer& layer, Kept& kept) override;
  at::Tensor Backward(Layer& layer, at::Tensor gradient, const Kept& kept, bool by_input) override;

 private:
  void StepOfKernel(Layer& layer, const at::Tensor& gradient, const Kept& kept);
  FusedNorm NormOf(const Layer& layer, const Kept& kept) const;

  Arithmetic arithmetic_;
};

}  // namespace kallos::ga
