#include "lib/nn/torch_execution.h"

#include <ATen/ATen.h>

#include <string_view>

#include "lib/core/hash.h"
#include "lib/core/rng.h"

namespace kallos::nn {

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

std::pair<size_t, at::Tensor> TorchExecution::Next(const Value& x) {
  const size_t index = next_++;
  return {index, index == 0 ? input_ : x.tensor};
}

std::vector<int64_t> TorchExecution::Pad(const ConvSpec& spec, at::Tensor& x) {
  const Margins m = MarginsOf(spec, x.size(2), x.size(3));
  if (m.top == m.bottom && m.left == m.right) return {m.top, m.left};
  x = at::constant_pad_nd(x, {m.left, m.right, m.top, m.bottom}, 0)
          .contiguous(at::MemoryFormat::ChannelsLast);
  return {0, 0};
}

Value TorchExecution::Conv(const Value& input, ConvSpec, const ConvEpilogue& epilogue) {
  auto [index, x] = Next(input);
  const FoldedConv& conv = convs_[index];
  if (epilogue.gate != nullptr) x = x * epilogue.gate->tensor;
  const std::vector<int64_t> padding = Pad(conv.spec, x);
  at::Tensor y =
      at::conv2d(x, conv.weight, conv.bias, {conv.spec.stride, conv.spec.stride}, padding,
                 {conv.spec.dilation, conv.spec.dilation}, conv.spec.depthwise ? conv.spec.in : 1);
  if (epilogue.residual != nullptr) y += epilogue.residual->tensor;
  Activate(y, conv.spec.activation);
  return {conv.spec.out, y};
}

Value TorchExecution::Pool(const Value& x, const PoolSpec& spec) {
  const PoolWindow w = WindowOf(spec, x.tensor.size(2), x.tensor.size(3));
  if (spec.kind == PoolKind::kMax)
    return {x.channels, at::max_pool2d(x.tensor, w.size, w.stride, w.padding, {1, 1}, w.ceiling)};
  return {x.channels,
          at::avg_pool2d(x.tensor, w.size, w.stride, w.padding, w.ceiling, spec.count_padding)};
}

Value TorchExecution::Concat(const std::vector<Value>& parts) {
  std::vector<at::Tensor> tensors;
  Value all;
  for (const Value& part : parts) {
    all.channels += part.channels;
    tensors.push_back(part.tensor);
  }
  all.tensor = at::cat(tensors, 1);
  return all;
}

Value TorchExecution::Channels(const Value& x, int64_t first, int64_t count) {
  return {count, x.tensor.narrow(1, first, count).contiguous(at::MemoryFormat::ChannelsLast)};
}

Value TorchExecution::Shuffle(const Value& x) {
  const at::Tensor pixels = x.tensor.permute({0, 2, 3, 1});
  const at::Tensor halves = pixels.unflatten(3, {2, x.channels / 2}).transpose(3, 4);
  return {x.channels, halves.reshape(pixels.sizes()).permute({0, 3, 1, 2})};
}

Value TorchExecution::Mean(const Value& x) {
  const at::Tensor mean = Average(x.tensor).to(x.tensor.scalar_type());
  return {x.channels,
          mean.view({mean.size(0), mean.size(1), 1, 1}).contiguous(at::MemoryFormat::ChannelsLast)};
}

Value TorchExecution::Dropout(const Value& x, double rate, bool always) {
  if (!always) return x;
  at::Tensor numbers = x.tensor.to(at::kCPU, at::kFloat).contiguous().clone();
  const int64_t count = numbers.numel() / numbers.size(0);
  for (int64_t row = 0; row < numbers.size(0); ++row) {
    float* own = numbers.data_ptr<float>() + row * count;
    const std::string_view bytes(reinterpret_cast<const char*>(own),
                                 sizeof(float) * static_cast<size_t>(count));
    Stream stream(Fnv1a64(bytes), "nn/dropout-always");
    for (int64_t i = 0; i < count; ++i)
      own[i] = stream.Uniform() < rate ? 0 : own[i] / static_cast<float>(1 - rate);
  }
  return {x.channels, numbers.to(x.tensor.options()).contiguous(at::MemoryFormat::ChannelsLast)};
}

void TorchExecution::Tap(const std::string&, const Value& x, Taps kind) {
  if (kind == kind_) pooled_.push_back(Average(x.tensor));
}

at::Tensor TorchExecution::Average(const at::Tensor& x) {
  return x.mean({2, 3}, false, at::kFloat);
}

at::Tensor TorchExecution::Features() const {
  return at::cat(pooled_, 1).to(at::kCPU).contiguous();
}

}  // namespace kallos::nn
