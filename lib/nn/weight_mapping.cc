#include "lib/nn/weight_mapping.h"

#include <algorithm>
#include <cmath>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"

namespace kallos::nn {
namespace {

std::string ShapeText(const std::vector<int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
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

ParameterValues TakeParameters(const std::vector<ParameterLayer>& layers, const weights::TensorFile& file,
                               const std::string& architecture) {
  std::vector<std::string> faults;
  const bool keras = file.format == weights::FileFormat::kKerasHdf5;
  ParameterValues values = keras ? TakeByOrder(layers, file, faults) : TakeByName(layers, file, faults);
  if (faults.empty()) return values;
  throw InputError("{}: these are not the weights of {}; {} tensors do not fit:\n  {}", PathText(file.path),
                   architecture, faults.size(), Join(faults, "\n  "));
}

}  // namespace kallos::nn
