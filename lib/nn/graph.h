// An architecture is one function over these operations. Run over a Declaration it lists the parameters and taps; run
// over an Execution it computes. So the two can never disagree.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "lib/nn/activation.h"
#include "lib/nn/backbone.h"

namespace kallos::nn {

enum class Padding { kSame, kValid };                  // as Keras means them
enum class Norm { kNone, kWithoutGamma, kWithGamma };  // batch normalisation, epsilon 1e-3

// A convolution with what follows it; batch norm is folded into kernel and bias before anything runs.
struct ConvSpec {
  std::string layer;       // Keras's names
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
  Norm norm = Norm::kNone;
  double scale = 1;  // of the result, before anything is added; folded like batch norm
  Activation activation = Activation::kNone;

  // Rows and columns of the input that one value of the output sees.
  int64_t ReachHeight() const { return (kernel_height - 1) * dilation + 1; }
  int64_t ReachWidth() const { return (kernel_width - 1) * dilation + 1; }
};

// Zeros around a map of height x width before the convolution, as Keras means them.
struct Margins {
  int64_t top = 0, bottom = 0, left = 0, right = 0;
};
Margins MarginsOf(const ConvSpec& spec, int64_t height, int64_t width);

// A map in the network: its channels, and its numbers [N, C, H, W] when executing.
struct Value {
  int64_t channels = 0;
  at::Tensor tensor;
};

// What a convolution does besides, in one pass over memory where the executor can.
struct Around {
  const Value* gate = nullptr;      // [N, C, 1, 1]: the input is multiplied by it (1x1 convolutions only)
  const Value* residual = nullptr;  // added before the activation; its memory may be reused for the result
};

class Graph {
 public:
  virtual ~Graph() = default;
  // activation(residual + scale * norm(conv(x * gate))). `spec.in` is set from x, and `spec.out` too for a depthwise
  // convolution.
  virtual Value Conv(const Value& x, ConvSpec spec, const Around& around = {}) = 0;
  virtual Value MaxPool(const Value& x) = 0;                  // 3x3, stride 2, valid
  virtual Value AveragePool(const Value& x) = 0;              // 3x3, stride 1, same, padding not counted
  virtual Value Concat(const std::vector<Value>& parts) = 0;  // channels
  virtual Value Mean(const Value& x) = 0;                     // height and width, kept as 1 x 1
  // Its global average belongs to the features of both kinds of taps, or of one.
  virtual void Tap(const std::string& layer, const Value& x, Taps kind) = 0;
};

// An architecture by name: how to build it, and what is particular about it.
struct Architecture {
  std::string name;
  Scaling scaling = Scaling::kUnit;
  int minimum_size = 32;
  void (*build)(Graph& graph, const Architecture& self) = nullptr;
  double width = 1;
  double depth = 1;
  // Layer names (convolutions and batch norms) in the order of a Keras file, given those in construction order.
  std::vector<std::string> (*file_order)(const std::vector<ConvSpec>& convs) = nullptr;
};

void BuildInceptionResnetV2(Graph& graph, const Architecture& self);
std::vector<std::string> InceptionResnetV2FileOrder(const std::vector<ConvSpec>& convs);
void BuildEfficientNet(Graph& graph, const Architecture& self);
void BuildMobileNetV1(Graph& graph, const Architecture& self);
// Each convolution, then its batch norm.
std::vector<std::string> ConstructionOrder(const std::vector<ConvSpec>& convs);

// Throws UsageError with the nearest name.
const Architecture& FindArchitecture(const std::string& name);

}  // namespace kallos::nn
