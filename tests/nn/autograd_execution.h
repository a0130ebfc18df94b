// An architecture in training mode by LibTorch's own layers in float64, with its automatic
// differentiation: what ours must agree with.
#pragma once

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/variable.h>

#include <string>
#include <vector>

#include "lib/nn/graph.h"
#include "lib/nn/training/network_parameters.h"

namespace kallos::nn {

class AutogradExecution : public Graph {
 public:
  // The first `frozen` convolutions have batch norms in inference mode. Dropout is not applied.
  AutogradExecution(const NamedTensors& parameters, const at::Tensor& input, size_t frozen,
                    at::ScalarType type = at::kDouble, Taps taps = Taps::kOutputs)
      : input_(input.to(type)), frozen_(frozen), taps_(taps) {
    for (const auto& [name, tensor] : parameters) {
      parameters_[name] = tensor.to(type).contiguous(at::MemoryFormat::Contiguous).clone();
      parameters_[name].set_requires_grad(!IsMovingStatistic(name));
    }
  }

  Value Conv(const Value& input, ConvSpec spec, const ConvEpilogue& epilogue) override {
    at::Tensor x = convs_ == 0 ? input_ : input.tensor;
    const bool trained = convs_++ >= frozen_;
    spec.in = x.size(1);
    if (spec.depthwise) spec.out = spec.in;
    if (epilogue.gate != nullptr) x = x * epilogue.gate->tensor;
    const Margins m = MarginsOf(spec, x.size(2), x.size(3));
    x = at::constant_pad_nd(x, {m.left, m.right, m.top, m.bottom}, 0);
    const at::Tensor bias = spec.bias ? parameters_.at(spec.layer + "/bias") : at::Tensor();
    at::Tensor y = at::conv2d(
        x, parameters_.at(spec.layer + (spec.depthwise ? "/depthwise_kernel" : "/kernel")), bias,
        at::IntArrayRef{spec.stride, spec.stride}, at::IntArrayRef{0, 0},
        at::IntArrayRef{spec.dilation, spec.dilation}, spec.depthwise ? spec.in : 1);
    if (spec.norm != Norm::kNone) {
      const auto of = [&](const char* weight) {
        return parameters_.at(spec.norm_layer + "/" + weight);
      };
      y = at::batch_norm(y, spec.norm == Norm::kWithGamma ? of("gamma") : at::Tensor(), of("beta"),
                         of("moving_mean"), of("moving_variance"), trained, 1 - spec.norm_momentum,
                         spec.norm_epsilon, false);
    }
    y = y * spec.scale;
    if (epilogue.residual != nullptr) y = y + epilogue.residual->tensor;
    return {spec.out, Activated(y, spec.activation)};
  }

  Value Pool(const Value& x, const PoolSpec& spec) override {
    if (spec.kind == PoolKind::kAverage) {
      const PoolWindow w = WindowOf(spec, x.tensor.size(2), x.tensor.size(3));
      return {x.channels,
              at::avg_pool2d(x.tensor, w.size, w.stride, w.padding, w.ceiling, spec.count_padding)};
    }
    ConvSpec window;
    window.kernel_height = window.kernel_width = spec.size;
    window.stride = spec.stride;
    window.padding = spec.padding;
    const Margins m = MarginsOf(window, x.tensor.size(2), x.tensor.size(3));
    const at::Tensor padded = at::constant_pad_nd(x.tensor, {m.left, m.right, m.top, m.bottom},
                                                  -std::numeric_limits<double>::infinity());
    return {x.channels, at::max_pool2d(padded, {spec.size, spec.size}, {spec.stride, spec.stride})};
  }
  Value Concat(const std::vector<Value>& parts) override {
    std::vector<at::Tensor> tensors;
    for (const Value& part : parts) tensors.push_back(part.tensor);
    const at::Tensor all = at::cat(tensors, 1);
    return {all.size(1), all};
  }
  Value Channels(const Value& x, int64_t first, int64_t count) override {
    return {count, x.tensor.narrow(1, first, count)};
  }
  Value Shuffle(const Value& x) override {
    const at::Tensor halves = x.tensor.unflatten(1, {2, x.channels / 2});
    return {x.channels, halves.transpose(1, 2).flatten(1, 2)};
  }
  Value Mean(const Value& x) override { return {x.channels, x.tensor.mean({2, 3}, true)}; }
  Value Dropout(const Value& x, double, bool) override { return x; }
  void Tap(const std::string&, const Value& x, Taps kind) override {
    if (kind != taps_) return;
    const at::Tensor columns = kind == Taps::kOutputs ? x.tensor.flatten(1) : x.tensor.mean({2, 3});
    outputs_ = outputs_.defined() ? at::cat({outputs_, columns}, 1) : columns;
  }

  const at::Tensor& Outputs() const { return outputs_; }
  const NamedTensors& parameters() const {
    return parameters_;
  }  // with the moving statistics moved

  // Undefined for parameters that do not matter.
  NamedTensors Backward(const at::Tensor& gradient) {
    std::vector<std::string> names;
    std::vector<at::Tensor> leaves;
    for (const auto& [name, tensor] : parameters_) {
      if (!tensor.requires_grad()) continue;
      names.push_back(name);
      leaves.push_back(tensor);
    }
    const auto found = torch::autograd::grad(
        {outputs_}, leaves, {gradient.to(outputs_.scalar_type())}, {}, false, true);
    NamedTensors gradients;
    for (size_t i = 0; i < names.size(); ++i) gradients[names[i]] = found[i];
    return gradients;
  }

 private:
  static at::Tensor Activated(const at::Tensor& y, Activation activation) {
    switch (activation) {
      case Activation::kNone:
        return y;
      case Activation::kRelu:
        return at::relu(y);
      case Activation::kRelu6:
        return at::hardtanh(y, 0, 6);
      case Activation::kSwish:
        return at::silu(y);
      case Activation::kSigmoid:
        return at::sigmoid(y);
    }
    return {};
  }

  at::Tensor input_;
  size_t frozen_;
  Taps taps_;
  size_t convs_ = 0;
  NamedTensors parameters_;
  at::Tensor outputs_;
};

}  // namespace kallos::nn
