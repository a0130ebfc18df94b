#include "lib/nn/folding.h"

#include <ATen/ATen.h>

namespace kallos::nn {
namespace {

at::Tensor Values(const ParameterValues& values, const std::string& key, at::IntArrayRef shape) {
  const std::vector<float>& data = values.at(key);
  return at::from_blob(const_cast<float*>(data.data()), shape, at::kFloat).to(at::kDouble);
}

// Batch norm after a convolution is another convolution (Jacob et al., "Quantization and Training
// of Neural Networks", 2018, section 3.2). With r = gamma / sqrt(variance + epsilon):
//   s (r (W x + b - mean) + beta) = (s r W) x + s (r b + beta - r mean).
FoldedConv Fold(const ConvSpec& spec, const ParameterValues& values) {
  const int64_t h = spec.kernel_height;
  const int64_t w = spec.kernel_width;
  at::Tensor kernel =
      spec.depthwise
          ? Values(values, spec.layer + "/depthwise_kernel", {h, w, spec.in, 1})
                .permute({2, 3, 0, 1})
          : Values(values, spec.layer + "/kernel", {h, w, spec.in, spec.out}).permute({3, 2, 0, 1});
  at::Tensor bias = spec.bias ? Values(values, spec.layer + "/bias", {spec.out}) : at::Tensor();
  if (spec.norm != Norm::kNone) {
    const auto norm = [&](const char* weight) {
      return Values(values, spec.norm_layer + "/" + weight, {spec.out});
    };
    at::Tensor scale = (norm("moving_variance") + spec.norm_epsilon).rsqrt();
    if (values.contains(spec.norm_layer + "/gamma")) scale = scale * norm("gamma");
    const at::Tensor shift = norm("beta") - norm("moving_mean") * scale;
    kernel = kernel * scale.view({-1, 1, 1, 1});
    bias = bias.defined() ? bias * scale + shift : shift;
  }
  return {spec, (kernel * spec.scale).to(at::kFloat).contiguous(at::MemoryFormat::ChannelsLast),
          bias.defined() ? (bias * spec.scale).to(at::kFloat) : bias};
}

}  // namespace

std::vector<FoldedConv> FoldConvs(const std::vector<ConvSpec>& convs,
                                  const ParameterValues& values) {
  std::vector<FoldedConv> folded;
  for (const ConvSpec& conv : convs) folded.push_back(Fold(conv, values));
  return folded;
}

}  // namespace kallos::nn
