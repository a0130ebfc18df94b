// The two ways to run an architecture's function: to list what it needs, and to compute.
#pragma once

#include <map>

#include "lib/nn/graph.h"
#include "lib/nn/layout.h"

namespace kallos::nn {

// Lists convolutions and taps; computes nothing.
class Declaration : public Graph {
 public:
  Value Conv(const Value& x, ConvSpec spec) override;
  Value MaxPool(const Value& x, Padding) override { return x; }
  Value AveragePool(const Value& x) override { return x; }
  Value Concat(const std::vector<Value>& parts) override;
  Value Residual(const Value& x, const Value& branch, double scale, bool relu) override;
  Value Mean(const Value& x) override { return x; }
  Value Multiply(const Value& x, const Value& gate) override;
  void Tap(const std::string& layer, const Value& x, Taps kind) override;

  std::vector<ConvSpec> convs;
  std::map<Taps, std::vector<nn::Tap>> taps;
};

// A convolution ready to run: batch norm folded in, kernel OIHW in channels-last order.
struct FoldedConv {
  ConvSpec spec;
  at::Tensor weight;
  at::Tensor bias;  // undefined where there is none
};

// y = (conv(x) - mean) / sqrt(variance + 1e-3) * gamma + beta, as one convolution with a bias. In double precision.
std::vector<FoldedConv> FoldConvs(const std::vector<ConvSpec>& convs, const ParameterValues& values);

// Computes on one batch. Not reusable: one object per batch.
class Execution : public Graph {
 public:
  // `input` [N, 3, H, W], channels last, already scaled.
  Execution(const std::vector<FoldedConv>& convs, at::Tensor input, Taps kind)
      : convs_(convs), input_(std::move(input)), kind_(kind) {}

  Value Conv(const Value& x, ConvSpec spec) override;
  Value MaxPool(const Value& x, Padding padding) override;
  Value AveragePool(const Value& x) override;
  Value Concat(const std::vector<Value>& parts) override;
  Value Residual(const Value& x, const Value& branch, double scale, bool relu) override;
  Value Mean(const Value& x) override;
  Value Multiply(const Value& x, const Value& gate) override;
  void Tap(const std::string& layer, const Value& x, Taps kind) override;

  at::Tensor Features() const;  // [N, dimension] float32 on the CPU

 private:
  const std::vector<FoldedConv>& convs_;
  at::Tensor input_;
  Taps kind_;
  size_t next_ = 0;
  std::vector<at::Tensor> pooled_;
};

}  // namespace kallos::nn
