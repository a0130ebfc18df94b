// Computes an architecture in training mode and remembers how, so that Backward gives the gradient
// of every parameter.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "lib/nn/graph.h"
#include "lib/nn/training/map_passes.h"
#include "lib/nn/training/network_parameters.h"

namespace kallos::nn {

struct TrainingMode {
  // So many convolutions at the beginning, and their batch norms, stay as they are.
  size_t frozen_convs = 0;
  uint64_t seed = 0;  // of dropout's streams
  uint64_t step = 0;  // number of steps before this one
  // Moving statistics began at 0 and 1: the share of these in them is removed, as Adam does.
  bool fresh_statistics = false;
  Taps taps = Taps::kOutputs;  // what Outputs gives
};

// One object per batch; made, used and destroyed under c10::InferenceMode. Batch norms take their
// moments from the whole batch and move the moving statistics in `parameters`. On the CPU the
// results do not depend on the number of threads: a task is one picture, or a fixed share of a
// dense layer, and sums are taken in their order.
class TrainingExecution : public Graph {
 public:
  // `input` [N, 3, H, W] float32, already scaled, on the device of the parameters.
  TrainingExecution(NamedTensors& parameters, const at::Tensor& input, const TrainingMode& mode);

  Value Conv(const Value& x, ConvSpec spec, const ConvEpilogue& epilogue) override;
  Value Pool(const Value& x, const PoolSpec& spec) override;
  Value Concat(const std::vector<Value>& parts) override;
  Value Channels(const Value& x, int64_t first, int64_t count) override;
  Value Shuffle(const Value& x) override;
  Value Mean(const Value& x) override;
  Value Dropout(const Value& x, double rate, bool always) override;
  void Tap(const std::string& layer, const Value& x, Taps kind) override;

  at::Tensor Outputs() const;  // of the taps, side by side: [N, dimension] on the device
  // Gradients of a loss whose gradient by the outputs is `gradient` [N, dimension]; a tensor for
  // every parameter that is not frozen and no moving statistic, of its layout. Once.
  NamedTensors Backward(const at::Tensor& gradient);

 private:
  struct Node {
    Parts parts;
    bool requires_grad = false;  // whether a parameter before it is trained
    Parts gradient;              // of what has been added; empty at first
  };

  const Parts& PartsOf(const Value& x) const { return nodes_[static_cast<size_t>(x.node)].parts; }
  bool RequiresGrad(const Value& x) const {
    return nodes_[static_cast<size_t>(x.node)].requires_grad;
  }
  Value Add(Parts parts, bool requires_grad);
  // back(gradient of y) runs in Backward, after all that used y; only if y requires a gradient.
  void Remember(const Value& y, std::function<void(Parts& gradient)> back);
  void AddGradient(const Value& x, Parts gradient);
  void AddToChannels(const Value& x, int64_t first, const Parts& gradient);

  Value Gate(const Value& x, const Value& gate);
  Value Convolve(const Value& x, const ConvSpec& spec, bool trained);
  Value Dense(const Value& x, const ConvSpec& spec, bool trained);
  Value MaxPool(const Value& x, const PoolSpec& spec);
  Value AveragePool(const Value& x, const PoolSpec& spec);
  // Batch norm, scale, residual, activation.
  Value Finish(const Value& x, const ConvSpec& spec, const Value* residual, bool trained);
  AffineMap MapOf(const Value& x, const ConvSpec& spec, bool trained, Moments& moments);
  void MoveStatistics(const ConvSpec& spec, const Moments& moments);

  NamedTensors& parameters_;
  TrainingMode mode_;
  std::deque<Node> nodes_;  // the first is the input
  std::vector<std::function<void()>> tape_;
  NamedTensors gradients_;
  size_t convs_ = 0;
  size_t dropouts_ = 0;
  std::vector<Value> tapped_;
};

}  // namespace kallos::nn
