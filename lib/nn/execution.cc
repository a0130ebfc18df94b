#include "lib/nn/execution.h"

#include <ATen/ATen.h>

#include <cmath>

#include "lib/core/error.h"

namespace kallos::nn {

Value Declaration::Conv(const Value& x, ConvSpec spec) {
  spec.in = x.channels;
  if (spec.depthwise) spec.out = x.channels;
  convs.push_back(spec);
  return {spec.out, {}};
}

Value Declaration::Concat(const std::vector<Value>& parts) {
  Value all;
  for (const Value& part : parts) all.channels += part.channels;
  return all;
}

Value Declaration::Residual(const Value& x, const Value& branch, double, bool) {
  KALLOS_CHECK(x.channels == branch.channels);
  return x;
}

Value Declaration::Multiply(const Value& x, const Value& gate) {
  KALLOS_CHECK(x.channels == gate.channels);
  return x;
}

void Declaration::Tap(const std::string& layer, const Value& x, Taps kind) {
  std::vector<nn::Tap>& list = taps[kind];
  const int64_t offset = list.empty() ? 0 : list.back().offset + list.back().channels;
  list.push_back({layer, x.channels, offset});
}

namespace {

constexpr double kNormEpsilon = 1e-3;

at::Tensor Values(const ParameterValues& values, const std::string& key, at::IntArrayRef shape) {
  const std::vector<float>& data = values.at(key);
  return at::from_blob(const_cast<float*>(data.data()), shape, at::kFloat).to(at::kDouble);
}

FoldedConv Fold(const ConvSpec& spec, const ParameterValues& values) {
  const int64_t h = spec.kernel_height;
  const int64_t w = spec.kernel_width;
  at::Tensor kernel = spec.depthwise
                          ? Values(values, spec.layer + "/depthwise_kernel", {h, w, spec.in, 1}).permute({2, 3, 0, 1})
                          : Values(values, spec.layer + "/kernel", {h, w, spec.in, spec.out}).permute({3, 2, 0, 1});
  at::Tensor bias = spec.bias ? Values(values, spec.layer + "/bias", {spec.out}) : at::Tensor();
  if (spec.norm != Norm::kNone) {
    const auto norm = [&](const char* weight) { return Values(values, spec.norm_layer + "/" + weight, {spec.out}); };
    at::Tensor scale = (norm("moving_variance") + kNormEpsilon).rsqrt();
    if (values.contains(spec.norm_layer + "/gamma")) scale = scale * norm("gamma");
    const at::Tensor shift = norm("beta") - norm("moving_mean") * scale;
    kernel = kernel * scale.view({-1, 1, 1, 1});
    bias = bias.defined() ? bias * scale + shift : shift;
  }
  return {spec, kernel.to(at::kFloat).contiguous(at::MemoryFormat::ChannelsLast),
          bias.defined() ? bias.to(at::kFloat) : bias};
}

// Keras's "same" along one axis: zeros before and after.
std::pair<int64_t, int64_t> SamePadding(int64_t size, int64_t kernel, int64_t stride) {
  const int64_t out = (size + stride - 1) / stride;
  const int64_t total = std::max<int64_t>((out - 1) * stride + kernel - size, 0);
  return {total / 2, total - total / 2};
}

void Activate(at::Tensor& x, Activation activation) {
  switch (activation) {
    case Activation::kNone:
      return;
    case Activation::kRelu:
      x.relu_();
      return;
    case Activation::kRelu6:
      x.clamp_(0, 6);
      return;
    case Activation::kSwish:
      at::silu_(x);
      return;
    case Activation::kSigmoid:
      x.sigmoid_();
      return;
  }
}

}  // namespace

std::vector<FoldedConv> FoldConvs(const std::vector<ConvSpec>& convs, const ParameterValues& values) {
  std::vector<FoldedConv> folded;
  for (const ConvSpec& conv : convs) folded.push_back(Fold(conv, values));
  return folded;
}

Value Execution::Conv(const Value& input, ConvSpec) {
  const FoldedConv& conv = convs_[next_];
  at::Tensor x = next_++ == 0 ? input_ : input.tensor;
  std::vector<int64_t> padding = {0, 0};
  if (conv.spec.padding == Padding::kSame) {
    const auto [top, bottom] = SamePadding(x.size(2), conv.spec.kernel_height, conv.spec.stride);
    const auto [left, right] = SamePadding(x.size(3), conv.spec.kernel_width, conv.spec.stride);
    if (top == bottom && left == right) {
      padding = {top, left};
    } else {
      x = at::constant_pad_nd(x, {left, right, top, bottom}, 0).contiguous(at::MemoryFormat::ChannelsLast);
    }
  }
  at::Tensor y = at::conv2d(x, conv.weight, conv.bias, {conv.spec.stride, conv.spec.stride}, padding, {1, 1},
                            conv.spec.depthwise ? conv.spec.in : 1);
  Activate(y, conv.spec.activation);
  return {conv.spec.out, y};
}

Value Execution::MaxPool(const Value& x, Padding padding) {
  KALLOS_CHECK(padding == Padding::kValid);
  return {x.channels, at::max_pool2d(x.tensor, {3, 3}, {2, 2})};
}

Value Execution::AveragePool(const Value& x) {
  return {x.channels, at::avg_pool2d(x.tensor, {3, 3}, {1, 1}, {1, 1}, false, false)};
}

Value Execution::Concat(const std::vector<Value>& parts) {
  std::vector<at::Tensor> tensors;
  Value all;
  for (const Value& part : parts) {
    all.channels += part.channels;
    tensors.push_back(part.tensor);
  }
  all.tensor = at::cat(tensors, 1);
  return all;
}

Value Execution::Residual(const Value& x, const Value& branch, double scale, bool relu) {
  at::Tensor sum = at::add(x.tensor, branch.tensor, scale);
  if (relu) sum.relu_();
  return {x.channels, sum};
}

Value Execution::Mean(const Value& x) {
  return {
      x.channels,
      x.tensor.mean({2, 3}, true, at::kFloat).to(x.tensor.scalar_type()).contiguous(at::MemoryFormat::ChannelsLast)};
}

Value Execution::Multiply(const Value& x, const Value& gate) {
  return {x.channels, x.tensor.mul_(gate.tensor)};
}

void Execution::Tap(const std::string&, const Value& x, Taps kind) {
  if (kind == kind_) pooled_.push_back(x.tensor.mean({2, 3}, false, at::kFloat));
}

at::Tensor Execution::Features() const {
  return at::cat(pooled_, 1).to(at::kCPU).contiguous();
}

}  // namespace kallos::nn
