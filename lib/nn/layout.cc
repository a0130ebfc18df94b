#include "lib/nn/layout.h"

#include <cmath>

#include "lib/core/error.h"
#include "lib/core/rng.h"
#include "lib/nn/architecture.h"
#include "lib/nn/declaration.h"

namespace kallos::nn {
namespace {

int64_t Count(const std::vector<int64_t>& shape) {
  int64_t count = 1;
  for (const int64_t n : shape) count *= n;
  return count;
}

ParameterLayer ConvLayer(const ConvSpec& conv) {
  const int64_t h = conv.kernel_height;
  const int64_t w = conv.kernel_width;
  ParameterLayer layer{conv.layer,
                       {conv.depthwise ? "depthwise_kernel" : "kernel"},
                       {{h, w, conv.in, conv.depthwise ? 1 : conv.out}}};
  if (conv.dense) layer.shapes = {{conv.in, conv.out}};
  if (conv.bias) {
    layer.weights.push_back("bias");
    layer.shapes.push_back({conv.out});
  }
  return layer;
}

ParameterLayer NormLayer(const ConvSpec& conv) {
  ParameterLayer layer{conv.norm_layer, {}, {}};
  if (conv.norm == Norm::kWithGamma) layer.weights.push_back("gamma");
  for (const char* weight : {"beta", "moving_mean", "moving_variance"})
    layer.weights.push_back(weight);
  layer.shapes.assign(layer.weights.size(), {conv.out});
  return layer;
}

}  // namespace

std::vector<ParameterLayer> KerasLayout(const std::string& backbone, int64_t outputs) {
  const Architecture architecture = FindArchitecture(backbone, outputs);
  Declaration declaration;
  BuildNetwork(declaration, architecture);
  const std::vector<ConvSpec>& convs = declaration.convs;
  std::map<std::string, ParameterLayer> by_name;
  for (const ConvSpec& conv : convs) {
    by_name[conv.layer] = ConvLayer(conv);
    if (conv.norm != Norm::kNone) by_name[conv.norm_layer] = NormLayer(conv);
  }
  std::vector<ParameterLayer> layers;
  for (const std::string& name : architecture.file_order(convs)) layers.push_back(by_name.at(name));
  KALLOS_CHECK(layers.size() == by_name.size());
  return layers;
}

ParameterValues RandomParameters(const std::vector<ParameterLayer>& layers, uint64_t seed) {
  // Of a standard normal cut at two standard deviations.
  constexpr double kTruncatedSd = 0.87962566;
  ParameterValues values;
  for (const ParameterLayer& layer : layers) {
    for (size_t k = 0; k < layer.weights.size(); ++k) {
      const std::string key = layer.name + "/" + layer.weights[k];
      const std::vector<int64_t>& shape = layer.shapes[k];
      const bool is_scale = layer.weights[k] == "gamma" || layer.weights[k] == "moving_variance";
      std::vector<float> tensor(static_cast<size_t>(Count(shape)), is_scale ? 1.0f : 0.0f);
      if (shape.size() > 1) {
        const bool depthwise = layer.weights[k] == "depthwise_kernel";
        const double fan_in =
            static_cast<double>(Count(shape) / (depthwise ? shape[2] : shape.back()));
        const double sd = std::sqrt(2.0 / fan_in) / kTruncatedSd;
        Stream stream(seed, "nn/random/" + key);
        for (float& value : tensor) value = static_cast<float>(sd * stream.TruncatedNormal());
      }
      values[key] = std::move(tensor);
    }
  }
  return values;
}

}  // namespace kallos::nn
