#include "lib/nn/weight_mapping.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"

namespace kallos::nn {
namespace {

using weights::Tensor;

std::string ShapeText(const std::vector<int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

// Layers of a file that are no part of a backbone: the classifier, by the names that keras.applications,
// keras-applications, timm and its forerunners give it; and EfficientNet's input normalisation, which stands in some
// generations of files and not in others (the network applies (x - mean) / std itself; tensorflow/tensorflow #49930
// tells the history).
bool IsOutsideBackbone(const std::string& layer) {
  static const std::set<std::string> classifiers = {"predictions", "probs",   "conv_preds",
                                                    "classifier",  "classif", "last_linear"};
  return classifiers.contains(layer) || layer == "normalization" || layer.starts_with("normalization_");
}

std::vector<float> Transposed(const Tensor& tensor, const std::vector<size_t>& axes) {
  if (axes.empty() || tensor.values.empty()) return tensor.values;
  std::array<size_t, 4> stride{};  // of the file's axes
  size_t step = 1;
  for (size_t i = axes.size(); i-- > 0; step *= static_cast<size_t>(tensor.shape[i])) stride[i] = step;
  const auto size = [&](size_t i) { return static_cast<size_t>(tensor.shape[axes[i]]); };
  std::vector<float> values;
  values.reserve(tensor.values.size());
  for (size_t a = 0; a < size(0); ++a) {
    for (size_t b = 0; b < size(1); ++b) {
      for (size_t c = 0; c < size(2); ++c) {
        const size_t start = a * stride[axes[0]] + b * stride[axes[1]] + c * stride[axes[2]];
        for (size_t d = 0; d < size(3); ++d) values.push_back(tensor.values[start + d * stride[axes[3]]]);
      }
    }
  }
  return values;
}

// ---- Keras HDF5: by order ----

struct FileLayer {
  std::string name;
  std::string fresh;  // as FreshNames gives it
  std::vector<const Tensor*> tensors;
};

std::vector<FileLayer> LayersOfFile(const weights::TensorFile& file) {
  std::vector<FileLayer> layers;
  std::vector<std::string> names;
  for (const Tensor& tensor : file.tensors) {
    if (IsOutsideBackbone(tensor.layer)) continue;
    if (layers.empty() || layers.back().name != tensor.layer) {
      layers.push_back({tensor.layer, "", {}});
      names.push_back(tensor.layer);
    }
    layers.back().tensors.push_back(&tensor);
  }
  const auto fresh = FreshNames(names);
  for (FileLayer& layer : layers) layer.fresh = fresh.at(layer.name);
  return layers;
}

void ListLayers(const std::vector<ParameterLayer>& layers, const std::vector<FileLayer>& found,
                std::vector<std::string>& faults) {
  faults.push_back(fmt::format("{} layers with weights expected, {} found", layers.size(), found.size()));
  std::set<std::string> expected_names;
  std::set<std::string> found_names;
  for (const ParameterLayer& layer : layers) expected_names.insert(layer.name);
  for (const FileLayer& layer : found) found_names.insert(layer.fresh);
  for (const ParameterLayer& layer : layers) {
    if (!found_names.contains(layer.name)) faults.push_back("missing layer " + layer.name);
  }
  for (const FileLayer& layer : found) {
    if (!expected_names.contains(layer.fresh))
      faults.push_back(fmt::format("unexpected layer {} ({} tensors)", layer.name, layer.tensors.size()));
  }
}

void TakeLayer(const ParameterLayer& layer, const FileLayer& found, MappedParameters& mapped) {
  if (found.tensors.size() != layer.weights.size()) {
    mapped.faults.push_back(fmt::format("layer {} ({}): expected {} tensors ({}), found {}", found.name, layer.name,
                                        layer.weights.size(), Join(layer.weights, ", "), found.tensors.size()));
    return;
  }
  for (size_t k = 0; k < layer.weights.size(); ++k)
    TakeTensor({layer.name + "/" + layer.weights[k], "", layer.shapes[k], {}, false}, *found.tensors[k], mapped);
}

// Many neighbours have equal shapes, so that a wrong order would pass every other check. A name that the backbone knows
// must stand where the backbone has it; names of other origin say nothing.
void TakeByOrder(const std::vector<ParameterLayer>& layers, const weights::TensorFile& file, MappedParameters& mapped) {
  const std::vector<FileLayer> found = LayersOfFile(file);
  if (found.size() != layers.size()) return ListLayers(layers, found, mapped.faults);
  std::set<std::string> known;
  for (const ParameterLayer& layer : layers) known.insert(layer.name);
  for (size_t i = 0; i < layers.size(); ++i) {
    if (found[i].fresh != layers[i].name && known.contains(found[i].fresh)) {
      mapped.faults.push_back(
          fmt::format("layer {} ({}) stands in the place of {}", found[i].name, found[i].fresh, layers[i].name));
    }
    TakeLayer(layers[i], found[i], mapped);
  }
}

// ---- other files: by name ----

using TensorsByName = std::map<std::string, const Tensor*>;

std::string FirstPart(const std::string& name) {
  return name.substr(0, name.find_first_of("/."));
}

TensorsByName NamesOfFile(const weights::TensorFile& file) {
  TensorsByName tensors;
  for (const Tensor& tensor : file.tensors) {
    if (!IsOutsideBackbone(FirstPart(tensor.name)) && !tensor.name.ends_with(".num_batches_tracked"))
      tensors[tensor.name] = &tensor;
  }
  return tensors;
}

// Under our spelling of Keras's names: "conv2d_8/conv2d_8/kernel:0" -> "conv2d_1/kernel" where the numbers start at 7.
TensorsByName OwnSpelling(const TensorsByName& tensors, const std::vector<NamedParameter>& parameters,
                          std::vector<std::string>& faults) {
  std::set<std::string> keys;
  for (const NamedParameter& parameter : parameters) keys.insert(parameter.key);
  std::vector<std::string> layers;
  for (const auto& [name, tensor] : tensors) layers.push_back(FirstPart(name));
  const auto fresh = FreshNames(layers);
  TensorsByName own;
  for (const auto& [name, tensor] : tensors) {
    const std::string plain = name.ends_with(":0") ? name.substr(0, name.size() - 2) : name;
    const std::string layer = fresh.at(FirstPart(name));
    const std::string weight = plain.substr(plain.rfind('/') + 1);
    std::string key = plain.find('/') == std::string::npos ? plain : layer + "/" + weight;
    const std::string depthwise = layer + "/depthwise_kernel";  // which Keras 3 calls "kernel"
    if (weight == "kernel" && !keys.contains(key) && keys.contains(depthwise)) key = depthwise;
    if (!own.emplace(key, tensor).second) faults.push_back(fmt::format("{} appears twice, as {}", key, name));
  }
  return own;
}

size_t CountKnown(const TensorsByName& tensors, const std::vector<NamedParameter>& parameters) {
  return static_cast<size_t>(std::count_if(parameters.begin(), parameters.end(),
                                           [&](const NamedParameter& p) { return tensors.contains(p.name); }));
}

void TakeByName(TensorsByName tensors, const std::vector<NamedParameter>& parameters, MappedParameters& mapped) {
  for (const NamedParameter& parameter : parameters) {
    const auto found = tensors.find(parameter.name);
    if (found != tensors.end()) {
      TakeTensor(parameter, *found->second, mapped);
      tensors.erase(found);
    } else if (!parameter.optional) {
      mapped.faults.push_back(fmt::format("missing {} {}", parameter.name, ShapeText(parameter.shape)));
    }
  }
  for (const auto& [name, tensor] : tensors)
    mapped.faults.push_back(fmt::format("unexpected {} {}", tensor->name, ShapeText(tensor->shape)));
}

}  // namespace

void TakeTensor(const NamedParameter& parameter, const Tensor& tensor, MappedParameters& mapped) {
  const std::string where =
      tensor.name == parameter.key ? tensor.name : fmt::format("{} ({})", tensor.name, parameter.key);
  if (tensor.shape != parameter.shape) {
    mapped.faults.push_back(
        fmt::format("{}: expected {}, found {}", where, ShapeText(parameter.shape), ShapeText(tensor.shape)));
  } else if (!std::all_of(tensor.values.begin(), tensor.values.end(), [](float v) { return std::isfinite(v); })) {
    mapped.faults.push_back(fmt::format("{}: holds NaN or infinity", where));
  } else {
    mapped.values[parameter.key] = Transposed(tensor, parameter.axes);
  }
}

MappedParameters MapParameters(const std::vector<ParameterLayer>& layers, const weights::TensorFile& file,
                               const std::string& backbone) {
  MappedParameters mapped;
  if (file.format == weights::FileFormat::kKerasHdf5) {
    mapped.convention = "the order of layers in a Keras file";
    TakeByOrder(layers, file, mapped);
    return mapped;
  }
  const TensorsByName tensors = NamesOfFile(file);
  const std::vector<NamedParameter> own_names = OwnNames(layers);
  const std::vector<NamedParameter> timm_names = TimmNames(backbone, layers);
  std::vector<std::string> twice;
  const TensorsByName own = OwnSpelling(tensors, own_names, twice);
  if (CountKnown(tensors, timm_names) > CountKnown(own, own_names)) {
    mapped.convention = "timm's names";
    TakeByName(tensors, timm_names, mapped);
  } else {
    mapped.convention = "Keras's names, layer/weight";
    mapped.faults = twice;
    TakeByName(own, own_names, mapped);
  }
  return mapped;
}

MappedParameters TakeParameters(const std::vector<ParameterLayer>& layers, const weights::TensorFile& file,
                                const std::string& backbone) {
  MappedParameters mapped = MapParameters(layers, file, backbone);
  if (mapped.faults.empty()) return mapped;
  throw InputError("{}: these are not the weights of {}, by {}; {} tensors do not fit:\n  {}", PathText(file.path),
                   backbone, mapped.convention, mapped.faults.size(), Join(mapped.faults, "\n  "));
}

std::vector<Tensor> OwnTensors(const std::vector<ParameterLayer>& layers, const ParameterValues& values) {
  std::vector<Tensor> tensors;
  for (const NamedParameter& parameter : OwnNames(layers)) {
    const auto found = values.find(parameter.key);
    KALLOS_CHECK(found != values.end() || parameter.optional, "{}", parameter.key);
    if (found != values.end()) tensors.push_back({parameter.name, "", "float32", parameter.shape, found->second});
  }
  return tensors;
}

}  // namespace kallos::nn
