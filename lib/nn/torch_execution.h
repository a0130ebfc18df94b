// Computes an architecture with LibTorch's own operations: on the CPU where oneDNN's are not at
// hand; on CUDA most of it (cuda_execution.h).
#pragma once

#include <string>
#include <vector>

#include "lib/nn/folding.h"

namespace kallos::nn {

void Activate(at::Tensor& x, Activation activation);  // in place

// One object per batch. Parameters, input and maps are of one device and type, maps channels last.
class TorchExecution : public Graph {
 public:
  // `input` [N, 3, H, W], already scaled.
  TorchExecution(const std::vector<FoldedConv>& convs, at::Tensor input, Taps kind)
      : convs_(convs), input_(std::move(input)), kind_(kind) {}

  Value Conv(const Value& x, ConvSpec spec, const ConvEpilogue& epilogue) override;
  Value Pool(const Value& x, const PoolSpec& spec) override;
  Value Concat(const std::vector<Value>& parts) override;
  Value Channels(const Value& x, int64_t first, int64_t count) override;
  Value Shuffle(const Value& x) override;
  Value Mean(const Value& x) override;
  Value Dropout(const Value& x, double rate, bool always) override;
  void Tap(const std::string& layer, const Value& x, Taps kind) override;

  at::Tensor Features() const;  // [N, dimension] float32 on the CPU

 protected:
  // Index of the convolution that Conv is asked for, and its input.
  std::pair<size_t, at::Tensor> Next(const Value& x);
  virtual at::Tensor Average(const at::Tensor& x);  // [N, C] float32 of [N, C, H, W]
  // The zeros that a convolution of x itself is to add above and at the left, and below and at the
  // right as many; where they are not as many, x is padded.
  static std::vector<int64_t> Pad(const ConvSpec& spec, at::Tensor& x);

  const std::vector<FoldedConv>& convs_;

 private:
  at::Tensor input_;
  Taps kind_;
  size_t next_ = 0;
  std::vector<at::Tensor> pooled_;
};

}  // namespace kallos::nn
