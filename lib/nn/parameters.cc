#include "lib/nn/parameters.h"

#include <algorithm>
#include <cmath>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/rng.h"
#include "lib/core/text.h"

namespace kallos::nn {
namespace {

int64_t Count(const std::vector<int64_t>& shape) {
  int64_t count = 1;
  for (const int64_t n : shape) count *= n;
  return count;
}

std::string ShapeText(const std::vector<int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

ParameterLayer ConvLayer(const ConvSpec& conv) {
  const int64_t h = conv.kernel_height;
  const int64_t w = conv.kernel_width;
  ParameterLayer layer{
      conv.layer, {conv.depthwise ? "depthwise_kernel" : "kernel"}, {{h, w, conv.in, conv.depthwise ? 1 : conv.out}}};
  if (conv.bias) {
    layer.weights.push_back("bias");
    layer.shapes.push_back({conv.out});
  }
  return layer;
}

ParameterLayer NormLayer(const ConvSpec& conv) {
  ParameterLayer layer{conv.norm_layer, {"beta", "moving_mean", "moving_variance"}, {}};
  if (conv.norm == Norm::kWithGamma) layer.weights.insert(layer.weights.begin(), "gamma");
  layer.shapes.assign(layer.weights.size(), {conv.out});
  return layer;
}

// The tensors of one layer of a Keras file.
struct FileLayer {
  std::string name;
  std::vector<const weights::Tensor*> tensors;
};

// EfficientNet's input normalisation stands in some generations of files and not in others; the network applies
// (x - mean) / std itself, so those three tensors are left out (tensorflow/tensorflow #49930 tells their history).
bool IsInputNormalisation(const std::string& layer) {
  return layer == "normalization" || layer.starts_with("normalization_");
}

std::vector<FileLayer> LayersOfFile(const weights::TensorFile& file) {
  std::vector<FileLayer> layers;
  for (const weights::Tensor& tensor : file.tensors) {
    if (IsInputNormalisation(tensor.layer)) continue;
    if (layers.empty() || layers.back().name != tensor.layer) layers.push_back({tensor.layer, {}});
    layers.back().tensors.push_back(&tensor);
  }
  return layers;
}

// Takes one tensor, or notes what is wrong with it.
void Take(const std::string& key, const std::vector<int64_t>& shape, const weights::Tensor& tensor,
          ParameterValues& values, std::vector<std::string>& faults) {
  if (tensor.shape != shape) {
    faults.push_back(
        fmt::format("{} ({}): expected {}, found {}", tensor.name, key, ShapeText(shape), ShapeText(tensor.shape)));
    return;
  }
  if (!std::all_of(tensor.values.begin(), tensor.values.end(), [](float v) { return std::isfinite(v); })) {
    faults.push_back(fmt::format("{} ({}): holds NaN or infinity", tensor.name, key));
    return;
  }
  values[key] = tensor.values;
}

ParameterValues TakeByOrder(const std::vector<ParameterLayer>& layers, const weights::TensorFile& file,
                            std::vector<std::string>& faults) {
  ParameterValues values;
  const std::vector<FileLayer> found = LayersOfFile(file);
  for (size_t i = 0; i < std::max(layers.size(), found.size()); ++i) {
    if (i >= layers.size()) {
      faults.push_back(fmt::format("unexpected layer {} ({} tensors)", found[i].name, found[i].tensors.size()));
    } else if (i >= found.size()) {
      faults.push_back(fmt::format("missing layer {}", layers[i].name));
    } else if (found[i].tensors.size() != layers[i].weights.size()) {
      faults.push_back(fmt::format("layer {} ({}): expected {} tensors ({}), found {}", found[i].name, layers[i].name,
                                   layers[i].weights.size(), Join(layers[i].weights, ", "), found[i].tensors.size()));
    } else {
      for (size_t k = 0; k < layers[i].weights.size(); ++k) {
        Take(layers[i].name + "/" + layers[i].weights[k], layers[i].shapes[k], *found[i].tensors[k], values, faults);
      }
    }
  }
  return values;
}

ParameterValues TakeByName(const std::vector<ParameterLayer>& layers, const weights::TensorFile& file,
                           std::vector<std::string>& faults) {
  std::map<std::string, const weights::Tensor*> by_name;
  for (const weights::Tensor& tensor : file.tensors) by_name[tensor.name] = &tensor;
  ParameterValues values;
  for (const ParameterLayer& layer : layers) {
    for (size_t k = 0; k < layer.weights.size(); ++k) {
      const std::string key = layer.name + "/" + layer.weights[k];
      const auto found = by_name.find(key);
      if (found == by_name.end()) {
        faults.push_back(fmt::format("missing {} {}", key, ShapeText(layer.shapes[k])));
        continue;
      }
      Take(key, layer.shapes[k], *found->second, values, faults);
      by_name.erase(found);
    }
  }
  for (const auto& [name, tensor] : by_name)
    faults.push_back(fmt::format("unexpected {} {}", name, ShapeText(tensor->shape)));
  return values;
}

}  // namespace

std::vector<ParameterLayer> ParameterLayers(const Architecture& architecture, const std::vector<ConvSpec>& convs) {
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

ParameterValues TakeParameters(const std::vector<ParameterLayer>& layers, const weights::TensorFile& file,
                               const std::string& architecture) {
  std::vector<std::string> faults;
  const bool keras = file.format == weights::FileFormat::kKerasHdf5;
  ParameterValues values = keras ? TakeByOrder(layers, file, faults) : TakeByName(layers, file, faults);
  if (faults.empty()) return values;
  throw InputError("{}: these are not the weights of {}; {} tensors do not fit:\n  {}", PathText(file.path),
                   architecture, faults.size(), Join(faults, "\n  "));
}

ParameterValues RandomParameters(const std::vector<ParameterLayer>& layers, uint64_t seed) {
  constexpr double kTruncatedSd = 0.87962566;  // of a standard normal cut at two standard deviations
  ParameterValues values;
  for (const ParameterLayer& layer : layers) {
    for (size_t k = 0; k < layer.weights.size(); ++k) {
      const std::string key = layer.name + "/" + layer.weights[k];
      const std::vector<int64_t>& shape = layer.shapes[k];
      const bool is_scale = layer.weights[k] == "gamma" || layer.weights[k] == "moving_variance";
      std::vector<float> tensor(static_cast<size_t>(Count(shape)), is_scale ? 1.0f : 0.0f);
      if (shape.size() == 4) {
        const bool depthwise = layer.weights[k] == "depthwise_kernel";
        const double fan_in = static_cast<double>(shape[0] * shape[1] * (depthwise ? 1 : shape[2]));
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
