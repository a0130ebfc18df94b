// An architecture is one function over these operations. Run over a Declaration it lists the
// parameters and taps; run over an Execution it computes. So the two can never disagree.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "lib/nn/activation.h"
#include "lib/nn/backbone.h"

namespace kallos::nn {

// kSame and kValid as Keras means them; kSymmetric is PyTorch's padding = (kernel - 1) / 2 on every
// side.
enum class Padding { kSame, kValid, kSymmetric };
enum class Norm { kNone, kWithoutGamma, kWithGamma };  // batch normalisation

// A convolution with what follows it; batch norm is folded into kernel and bias before anything
// runs.
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

// Zeros around a map of height x width before the convolution.
struct Margins {
  int64_t top = 0, bottom = 0, left = 0, right = 0;
};
Margins MarginsOf(const ConvSpec& spec, int64_t height, int64_t width);

// A map in the network: its channels, and its numbers [N, C, H, W] when executing.
struct Value {
  int64_t channels = 0;
  at::Tensor tensor = {};
  int64_t node = -1;  // its number on the tape when training
};

// What a convolution does besides, in one pass over memory where the executor can.
struct Around {
  const Value* gate =
      nullptr;  // [N, C, 1, 1]: the input is multiplied by it (1x1 convolutions only)
  const Value* residual =
      nullptr;  // added before the activation; its memory may be reused for the result
};

class Graph {
 public:
  virtual ~Graph() = default;
  // activation(residual + scale * norm(conv(x * gate))). `spec.in` is set from x, and `spec.out`
  // too for a depthwise convolution.
  virtual Value Conv(const Value& x, ConvSpec spec, const Around& around = {}) = 0;
  virtual Value MaxPool(const Value& x, Padding padding) = 0;  // 3x3, stride 2
  virtual Value AveragePool(const Value& x) = 0;  // 3x3, stride 1, same, padding not counted
  virtual Value Concat(const std::vector<Value>& parts) = 0;                 // channels
  virtual Value Channels(const Value& x, int64_t first, int64_t count) = 0;  // some of them
  virtual Value Shuffle(const Value& x) = 0;  // channels 0, n/2, 1, n/2 + 1, ... of n
  virtual Value Mean(const Value& x) = 0;     // height and width, kept as 1 x 1
  // In training a share `rate` of the numbers becomes zero and the others grow by 1 / (1 - rate);
  // else nothing happens, unless it is `always` on: then which ones depends on the numbers
  // themselves.
  virtual Value Dropout(const Value& x, double rate, bool always = false) = 0;
  // Its global average belongs to the features of this kind of taps.
  virtual void Tap(const std::string& layer, const Value& x, Taps kind) = 0;
};

// An architecture by name: how to build it, and what is particular about it.
struct Architecture {
  std::string name;
  Scaling scaling = Scaling::kUnit;
  int minimum_size = 32;
  Value (*build)(Graph& graph, const Architecture& self) = nullptr;  // returns the last map
  double width = 1;
  double depth = 1;
  // Layer names (convolutions and batch norms) in the order of a Keras file, given those in
  // construction order.
  std::vector<std::string> (*file_order)(const std::vector<ConvSpec>& convs) = nullptr;
  bool shuffle = true;  // ShuffleNet's; false leaves its halves apart
  // A dense layer `top` with `outputs` numbers on the average of the last map, behind dropout; none
  // where outputs is 0.
  std::string top = "predictions";
  int64_t outputs = 0;
  double dropout = 0;
  bool dropout_always = false;  // in inference too, as in the published student by mistake
};

// The body, and the top if there is one: what every run of an architecture calls.
void BuildNetwork(Graph& graph, const Architecture& architecture);

Value BuildInceptionResnetV2(Graph& graph, const Architecture& self);
std::vector<std::string> InceptionResnetV2FileOrder(const std::vector<ConvSpec>& convs);
Value BuildEfficientNet(Graph& graph, const Architecture& self);
Value BuildMobileNetV1(Graph& graph, const Architecture& self);
Value BuildShuffleNetV2(Graph& graph, const Architecture& self);        // torchvision's
Value BuildNarrowShuffleNetV2(Graph& graph, const Architecture& self);  // the published student
std::vector<std::string> NarrowShuffleNetV2FileOrder(const std::vector<ConvSpec>& convs);
// Each convolution, then its batch norm.
std::vector<std::string> ConstructionOrder(const std::vector<ConvSpec>& convs);

// With a top if `outputs` is above 0. Throws UsageError with the nearest name.
Architecture FindArchitecture(const std::string& name, int64_t outputs = 0);

}  // namespace kallos::nn
