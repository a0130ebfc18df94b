// Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", 2019,
// with Keras's names.
#include <algorithm>
#include <cmath>

#include "lib/core/error.h"
#include "lib/nn/architecture.h"

namespace kallos::nn {
namespace {

struct Stage {
  int64_t kernel, repeats, in, out, expand, stride;
};

constexpr Stage kStages[] = {{3, 1, 32, 16, 1, 1},  {3, 2, 16, 24, 6, 2},  {5, 2, 24, 40, 6, 2},
                             {3, 3, 40, 80, 6, 2},  {5, 3, 80, 112, 6, 1}, {5, 4, 112, 192, 6, 2},
                             {3, 1, 192, 320, 6, 1}};

// Multiples of 8, never more than 10 % below the exact width.
int64_t Filters(int64_t filters, double width) {
  const double exact = static_cast<double>(filters) * width;
  int64_t rounded = std::max<int64_t>(8, static_cast<int64_t>(exact + 4) / 8 * 8);
  if (static_cast<double>(rounded) < 0.9 * exact) rounded += 8;
  return rounded;
}

Value Conv(Graph& graph, const Value& x, const std::string& layer, const std::string& norm,
           int64_t out, int64_t kernel, int64_t stride, Activation activation,
           bool depthwise = false, const ConvEpilogue& epilogue = {}) {
  ConvSpec spec;
  spec.layer = layer;
  spec.norm_layer = norm;
  spec.out = out;
  spec.kernel_height = spec.kernel_width = kernel;
  spec.stride = stride;
  spec.depthwise = depthwise;
  spec.bias = norm.empty();
  spec.norm = norm.empty() ? Norm::kNone : Norm::kWithGamma;
  spec.activation = activation;
  return graph.Conv(x, spec, epilogue);
}

// Squeeze and excitation (Hu et al., "Squeeze-and-Excitation Networks", 2018): the gate
//   g = sigmoid(W2 swish(W1 mean(x) + b1) + b2)
// multiplies the channels of x. `reduced`, the rows of W1, come from the block's input width, not
// from the expanded one. The projection that follows takes the gate: W (g x) = (W diag(g)) x, so
// that an interpreter may multiply the small kernel in place of the large map.
Value Gate(Graph& graph, const Value& x, const std::string& name, int64_t reduced) {
  const Value squeezed =
      Conv(graph, graph.Mean(x), name + "_se_reduce", "", reduced, 1, 1, Activation::kSwish);
  return Conv(graph, squeezed, name + "_se_expand", "", x.channels, 1, 1, Activation::kSigmoid);
}

Value Block(Graph& graph, const Value& input, const std::string& name, int64_t kernel, int64_t out,
            int64_t expand, int64_t stride) {
  Value x = input;
  if (expand != 1) {
    x = Conv(graph, x, name + "_expand_conv", name + "_expand_bn", input.channels * expand, 1, 1,
             Activation::kSwish);
  }
  x = Conv(graph, x, name + "_dwconv", name + "_bn", x.channels, kernel, stride, Activation::kSwish,
           true);
  const Value gate = Gate(graph, x, name, std::max<int64_t>(1, input.channels / 4));
  const bool keeps_shape = stride == 1 && input.channels == out;
  return Conv(graph, x, name + "_project_conv", name + "_project_bn", out, 1, 1, Activation::kNone,
              false, {.gate = &gate, .residual = keeps_shape ? &input : nullptr});
}

Value Build(Graph& graph, double width, double depth) {
  Value x = Conv(graph, {.channels = 3}, "stem_conv", "stem_bn", Filters(32, width), 3, 2,
                 Activation::kSwish);
  int number = 0;
  for (const Stage& stage : kStages) {
    ++number;
    const auto repeats =
        static_cast<int64_t>(std::ceil(depth * static_cast<double>(stage.repeats)));
    for (int64_t i = 0; i < repeats; ++i) {
      const std::string name = fmt::format("block{}{}", number, static_cast<char>('a' + i));
      x = Block(graph, x, name, stage.kernel, Filters(stage.out, width), stage.expand,
                i == 0 ? stage.stride : 1);
      graph.Tap(name, x, Taps::kMultigap);
    }
  }
  x = Conv(graph, x, "top_conv", "top_bn", Filters(1280, width), 1, 1, Activation::kSwish);
  graph.Tap("top", x, Taps::kMultigap);
  graph.Tap("top", x, Taps::kPooled);
  return x;
}

}  // namespace

Architecture EfficientNet(const std::string& name, double width, double depth, double dropout) {
  Architecture a;
  a.name = name;
  a.build = [width, depth](Graph& graph) { return Build(graph, width, depth); };
  a.scaling = Scaling::kImagenet;
  a.dropout = dropout;
  return a;
}

}  // namespace kallos::nn
