#include "ga/fitness/fused_heads.h"

#include <algorithm>

namespace kallos::ga {
namespace {

// Up to here a step of a kernel is bound by its memory and fused; beyond, LibTorch's products are
// so much quicker that writing the gradient and reading it again is the smaller cost. On an H100:
// 128 rows in tf32 9.9 ms for 100 kernels 5000 x 2048, which is 83 % of its bandwidth, and 33 ms
// for 1,024 rows.
constexpr int64_t kRowsOfFusedStep = 256;

void Check(const char* refused) {
  TORCH_CHECK(refused == nullptr, "CUDA: ", refused);
}

Arithmetic ArithmeticOf(Precision precision) {
  switch (precision) {
    case Precision::kFp32:
      return Arithmetic::kFp32;
    case Precision::kTf32:
      return Arithmetic::kTf32;
    case Precision::kBf16:
      return Arithmetic::kBf16;
  }
  throw BugError("precision");
}

}  // namespace

bool FusedHeads::Take(const Recipe& recipe) {
  return KernelsFitDevice() && std::ranges::all_of(recipe.hidden, [](int64_t units) {
           return units % kUnitsMultiple == 0;
         });
}

FusedHeads::FusedHeads(const Recipe& recipe, const FirstWeights& first, const at::Tensor& indices,
                       int64_t heads, Precision precision)
    : StackedHeads(recipe, first, indices, heads, precision), arithmetic_(ArithmeticOf(precision)) {
  if (arithmetic_ != Arithmetic::kBf16) return;
  for (Layer& layer : layers_) {
    if (!layer.is_last()) layer.rounded = layer.kernel.value.to(at::kBFloat16);
  }
}

FusedNorm FusedHeads::NormOf(const Layer& layer, const Kept& kept) const {
  FusedNorm norm;
  norm.heads = kept.output.size(0);
  norm.rows = kept.output.size(1);
  norm.units = kept.output.size(2);
  norm.bf16 = arithmetic_ == Arithmetic::kBf16;
  norm.epsilon = static_cast<float>(model::kNormEpsilon);
  norm.dropout_scale = static_cast<float>(1 / (1 - layer.dropout));
  norm.product = kept.output.data_ptr();
  norm.kept = kept.mask.data_ptr<uint8_t>();
  norm.bias = layer.bias.value.data_ptr<float>();
  norm.gamma = layer.gamma.value.data_ptr<float>();
  norm.beta = layer.beta.value.data_ptr<float>();
  norm.mean = kept.mean.data_ptr<float>();
  norm.inverse_sd = kept.inverse_sd.data_ptr<float>();
  return norm;
}

// Keeps the product.
at::Tensor FusedHeads::Forward(const Layer& layer, Kept& kept) {
  if (layer.is_last()) return StackedHeads::Forward(layer, kept);
  kept.output = Product(kept.input, KernelOf(layer));
  kept.mean = at::empty_like(layer.mean);
  kept.inverse_sd = at::empty_like(layer.mean);
  at::Tensor out = at::empty_like(kept.output);
  Check(NormForward(NormOf(layer, kept), StatisticsRate(), layer.mean.data_ptr<float>(),
                    layer.variance.data_ptr<float>(), out.data_ptr()));
  return out;
}

at::Tensor FusedHeads::Backward(Layer& layer, at::Tensor gradient, const Kept& kept,
                                bool by_input) {
  if (layer.is_last()) return StackedHeads::Backward(layer, gradient, kept, by_input);
  gradient = gradient.contiguous();
  for (Parameter* vector : {&layer.bias, &layer.gamma, &layer.beta})
    vector->gradient = at::empty_like(vector->value);
  Check(NormBackward(NormOf(layer, kept), gradient.data_ptr(),
                     layer.bias.gradient.data_ptr<float>(), layer.gamma.gradient.data_ptr<float>(),
                     layer.beta.gradient.data_ptr<float>()));
  at::Tensor before = by_input ? Product(gradient, KernelOf(layer).transpose(1, 2)) : at::Tensor();
  StepOfKernel(layer, gradient, kept);
  return before;
}

void FusedHeads::StepOfKernel(Layer& layer, const at::Tensor& gradient, const Kept& kept) {
  const nn::AdamStep adam = Adam();
  const AdamStep step = {static_cast<float>(adam.rate), static_cast<float>(adam.beta1),
                         static_cast<float>(adam.beta2), static_cast<float>(adam.epsilon)};
  const Parameter& p = layer.kernel;
  const FusedKernel kernel = {p.value.size(0),
                              p.value.size(1),
                              p.value.size(2),
                              p.value.data_ptr<float>(),
                              p.m.data_ptr<float>(),
                              p.v.data_ptr<float>(),
                              layer.rounded.defined() ? layer.rounded.data_ptr() : nullptr};
  const int64_t rows = gradient.size(1);
  if (rows <= kRowsOfFusedStep) {
    const bool by_column = !kept.input.is_contiguous();
    Check(KernelStep(kernel, arithmetic_, kept.input.data_ptr(), by_column, gradient.data_ptr(),
                     rows, step));
  } else {
    const at::Tensor of_kernel = Product(kept.input.transpose(1, 2), gradient).contiguous();
    Check(KernelStepBy(kernel, arithmetic_, of_kernel.data_ptr(), step));
  }
}

}  // namespace kallos::ga
