// Howard et al., "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision
// Applications", 2017, with Keras's names.
#include "lib/core/error.h"
#include "lib/nn/architecture.h"

namespace kallos::nn {
namespace {

Value Conv(Graph& graph, const Value& x, const std::string& layer, int64_t out, int64_t kernel,
           int64_t stride, bool depthwise) {
  ConvSpec spec;
  spec.layer = layer;
  spec.norm_layer = layer + "_bn";
  spec.out = out;
  spec.kernel_height = spec.kernel_width = kernel;
  spec.stride = stride;
  spec.depthwise = depthwise;
  spec.norm = Norm::kWithGamma;
  spec.activation = Activation::kRelu6;
  return graph.Conv(x, spec);
}

Value Build(Graph& graph, double width) {
  constexpr int64_t kFilters[] = {64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024};
  constexpr int64_t kStrides[] = {1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1};
  const auto scaled = [&](int64_t filters) {
    return static_cast<int64_t>(static_cast<double>(filters) * width);
  };
  Value x = Conv(graph, {.channels = 3}, "conv1", scaled(32), 3, 2, false);
  for (int i = 0; i < 13; ++i) {
    x = Conv(graph, x, fmt::format("conv_dw_{}", i + 1), x.channels, 3, kStrides[i], true);
    x = Conv(graph, x, fmt::format("conv_pw_{}", i + 1), scaled(kFilters[i]), 1, 1, false);
    graph.Tap(fmt::format("conv_pw_{}_relu", i + 1), x, Taps::kMultigap);
  }
  graph.Tap("conv_pw_13_relu", x, Taps::kPooled);
  return x;
}

}  // namespace

Architecture MobileNetV1(const std::string& name, double width) {
  Architecture a;
  a.name = name;
  a.build = [width](Graph& graph) { return Build(graph, width); };
  a.scaling = Scaling::kSymmetric;
  return a;
}

}  // namespace kallos::nn
