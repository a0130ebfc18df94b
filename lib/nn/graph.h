// The operations that networks are made of. A network is a function over a Graph; each
// implementation of Graph interprets it in its own way: Declaration lists parameters and taps,
// TorchExecution, CudaExecution and OneDnnExecution compute, TrainingExecution computes and
// remembers how gradients go back, torchscript.cc writes it down. So what is declared, computed,
// trained and exported can never disagree.
//
//   Value Tiny(Graph& graph) {
//     ConvSpec conv;
//     conv.layer = "conv1";
//     conv.out = 16;
//     conv.kernel_height = conv.kernel_width = 3;
//     Value x = graph.Conv({.channels = 3}, conv);
//     x = graph.Pool(x, {.kind = PoolKind::kMax, .size = 3, .stride = 2});
//     graph.Tap("conv1", x, Taps::kPooled);
//     return x;
//   }
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "lib/nn/activation.h"
#include "lib/nn/taps.h"

namespace kallos::nn {

// kSame and kValid as Keras means them: a map of ceil(size / stride), and windows inside the map
// only. kSymmetric is PyTorch's padding = (kernel - 1) / 2 on every side.
enum class Padding { kSame, kValid, kSymmetric };

enum class Norm { kNone, kWithoutGamma, kWithGamma };  // batch normalisation

// A convolution with what follows it; batch norm is folded into kernel and bias before inference.
struct ConvSpec {
  std::string layer;       // Keras's names, or PyTorch's for networks that only PyTorch has
  std::string norm_layer;  // "" without batch norm
  int64_t in = 0;
  int64_t out = 0;
  int64_t kernel_height = 1;
  int64_t kernel_width = 1;
  int64_t stride = 1;
  int64_t dilation = 1;  // distance between neighbouring taps of the kernel
  Padding padding = Padding::kSame;
  bool depthwise = false;  // out == in
  bool bias = false;
  bool dense = false;  // a fully connected layer: a 1x1 convolution of a 1 x 1 map
  Norm norm = Norm::kNone;
  double norm_epsilon = 1e-3;
  double norm_momentum = 0.99;  // of the moving statistics in training, as Keras means it
  double scale = 1;             // of the result, before anything is added; folded like batch norm
  Activation activation = Activation::kNone;

  // Rows and columns of the input that one value of the output sees.
  int64_t ReachHeight() const { return (kernel_height - 1) * dilation + 1; }
  int64_t ReachWidth() const { return (kernel_width - 1) * dilation + 1; }
};

enum class PoolKind { kMax, kAverage };

// The largest or the mean value of each size x size window. What lies beyond the border is never
// the largest; it counts as zeros in a mean only where `count_padding` is on.
struct PoolSpec {
  PoolKind kind = PoolKind::kMax;
  int64_t size = 3;
  int64_t stride = 2;
  Padding padding = Padding::kSame;
  bool count_padding = false;
};

// Rows and columns that are added around a map of height x width.
struct Margins {
  int64_t top = 0, bottom = 0, left = 0, right = 0;
};
Margins MarginsOf(const ConvSpec& spec, int64_t height, int64_t width);

// A pool as LibTorch takes it. Where "same" padding has one row more at the end than at the start,
// `ceiling` lets the last window reach beyond the map.
struct PoolWindow {
  std::array<int64_t, 2> size, stride, padding;
  bool ceiling = false;
};
PoolWindow WindowOf(const PoolSpec& spec, int64_t height, int64_t width);

// A map in the network: its channels, and its numbers [N, C, H, W] when executing.
struct Value {
  int64_t channels = 0;
  at::Tensor tensor = {};
  int64_t node = -1;  // its number on the tape when training
};

// What a convolution takes in besides its input, in the same pass over memory where the
// interpreter can.
struct ConvEpilogue {
  // [N, C, 1, 1]: the input is multiplied by it (1x1 convolutions only). Interpreters may multiply
  // the kernel instead, which is the same: sum_c w_oc (g_c x_c) = sum_c (w_oc g_c) x_c.
  const Value* gate = nullptr;
  // Added before the activation; its memory may be reused for the result.
  const Value* residual = nullptr;
};

class Graph {
 public:
  virtual ~Graph() = default;
  // activation(residual + scale * norm(conv(x * gate))). `spec.in` is set from x, and `spec.out`
  // too for a depthwise convolution.
  virtual Value Conv(const Value& x, ConvSpec spec, const ConvEpilogue& epilogue = {}) = 0;
  virtual Value Pool(const Value& x, const PoolSpec& spec) = 0;
  // The channels of all parts, one after the other.
  virtual Value Concat(const std::vector<Value>& parts) = 0;
  // Channels first .. first + count.
  virtual Value Channels(const Value& x, int64_t first, int64_t count) = 0;
  // Channels 0, n/2, 1, n/2 + 1, ... of n. Composed of Channels and Concat; an interpreter that can
  // do it in one pass does.
  virtual Value Shuffle(const Value& x);
  // Over height and width, which become 1 x 1.
  virtual Value Mean(const Value& x) = 0;
  // In training a share `rate` of the numbers becomes zero and the others grow by 1 / (1 - rate).
  // In inference nothing happens, unless `always`: then which ones become zero depends on the
  // numbers themselves.
  virtual Value Dropout(const Value& x, double rate, bool always = false) = 0;
  // The average of x belongs to the features of this kind of taps.
  virtual void Tap(const std::string& layer, const Value& x, Taps kind) = 0;
};

}  // namespace kallos::nn
