#include "lib/nn/weight_mapping.h"

#include <algorithm>
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

bool HasTop(const std::vector<ParameterLayer>& layers) {
  return std::any_of(layers.begin(), layers.end(),
                     [](const ParameterLayer& l) { return l.shapes[0].size() == 2; });
}

// Layers of a file that are no part of a backbone: the classifier, by the names that
// keras.applications, keras-applications, timm and its forerunners, torchvision and the published
// student give it, where the network has no top itself; and EfficientNet's input normalisation,
// which stands in some generations of files and not in others (the network applies (x - mean) / std
// itself; tensorflow/tensorflow #49930 tells the history).
bool IsOutside(const std::string& layer, bool has_top) {
  static const std::set<std::string> classifiers = {"predictions", "probs",   "conv_preds",
                                                    "classifier",  "classif", "last_linear",
                                                    "fc",          "dense1",  "dense"};
  if (layer == "normalization" || layer.starts_with("normalization_")) return true;
  return !has_top && classifiers.contains(layer);
}

std::vector<float> Transposed(const Tensor& tensor, const std::vector<size_t>& axes) {
  const std::vector<float> file_values = tensor.Floats();
  if (axes.empty() || file_values.empty()) return file_values;
  const size_t n = axes.size();
  std::vector<size_t> stride(n);  // of the file's axes
  size_t step = 1;
  for (size_t i = n; i-- > 0; step *= static_cast<size_t>(tensor.shape[i])) stride[i] = step;
  std::vector<float> values;
  values.reserve(file_values.size());
  std::vector<int64_t> index(n);  // along our axes
  for (size_t from = 0; values.size() < file_values.size();) {
    values.push_back(file_values[from]);
    for (size_t i = n; i-- > 0;) {
      from += stride[axes[i]];
      if (++index[i] < tensor.shape[axes[i]]) break;
      from -= stride[axes[i]] * static_cast<size_t>(index[i]);
      index[i] = 0;
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

std::vector<FileLayer> LayersOfFile(const weights::TensorFile& file, bool has_top) {
  std::vector<FileLayer> layers;
  std::vector<std::string> names;
  for (const Tensor& tensor : file.tensors) {
    if (IsOutside(tensor.layer, has_top)) continue;
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

// What a Keras file holds as one layer: one of ours, or all that stand in a block
// ("block1/unit0/conv1", ...).
struct Group {
  std::string name;
  std::vector<const ParameterLayer*> layers;
};

std::vector<Group> GroupsOf(const std::vector<ParameterLayer>& layers) {
  std::vector<Group> groups;
  for (const ParameterLayer& layer : layers) {
    const std::string name = layer.name.substr(0, layer.name.find('/'));
    if (groups.empty() || groups.back().name != name) groups.push_back({name, {}});
    groups.back().layers.push_back(&layer);
  }
  return groups;
}

void ListLayers(const std::vector<Group>& layers, const std::vector<FileLayer>& found,
                std::vector<std::string>& faults) {
  faults.push_back(
      fmt::format("{} layers with weights expected, {} found", layers.size(), found.size()));
  std::set<std::string> expected_names;
  std::set<std::string> found_names;
  for (const Group& layer : layers) expected_names.insert(layer.name);
  for (const FileLayer& layer : found) found_names.insert(layer.fresh);
  for (const Group& layer : layers) {
    if (!found_names.contains(layer.name)) faults.push_back("missing layer " + layer.name);
  }
  for (const FileLayer& layer : found) {
    if (!expected_names.contains(layer.fresh))
      faults.push_back(
          fmt::format("unexpected layer {} ({} tensors)", layer.name, layer.tensors.size()));
  }
}

bool IsMoving(const std::string& weight) {
  return weight.starts_with("moving_");
}

// The tensors of a group in the file's order: first what is trained, then the moving statistics;
// layer by layer where the block was frozen when it was saved.
std::vector<NamedParameter> TensorsOf(const Group& group, bool frozen) {
  std::vector<NamedParameter> trained, moving;
  for (const ParameterLayer* layer : group.layers) {
    for (size_t k = 0; k < layer->weights.size(); ++k) {
      auto& list = IsMoving(layer->weights[k]) && !frozen ? moving : trained;
      list.push_back({layer->name + "/" + layer->weights[k], "", layer->shapes[k], {}, false});
    }
  }
  trained.insert(trained.end(), moving.begin(), moving.end());
  return trained;
}

// Whether a moving statistic stands before something that is trained.
bool IsLayerByLayer(const FileLayer& found) {
  const auto moving = [](const Tensor* t) {
    return IsMoving(t->name.substr(t->name.rfind('/') + 1));
  };
  const auto first = std::find_if(found.tensors.begin(), found.tensors.end(), moving);
  return !std::all_of(first, found.tensors.end(), moving);
}

void TakeGroup(const Group& group, const FileLayer& found, MappedParameters& mapped) {
  const std::vector<NamedParameter> tensors = TensorsOf(group, IsLayerByLayer(found));
  if (found.tensors.size() != tensors.size()) {
    std::vector<std::string> keys;
    for (const NamedParameter& tensor : tensors)
      keys.push_back(tensor.key.substr(group.name.size() + 1));
    mapped.faults.push_back(fmt::format("layer {} ({}): expected {} tensors ({}), found {}",
                                        found.name, group.name, tensors.size(), Join(keys, ", "),
                                        found.tensors.size()));
    return;
  }
  for (size_t k = 0; k < tensors.size(); ++k) TakeTensor(tensors[k], *found.tensors[k], mapped);
}

// Many neighbours have equal shapes, so that a wrong order would pass every other check. A name
// that the backbone knows must stand where the backbone has it; names of other origin say nothing.
void TakeByOrder(const std::vector<ParameterLayer>& layers, const weights::TensorFile& file,
                 MappedParameters& mapped) {
  const std::vector<Group> groups = GroupsOf(layers);
  const std::vector<FileLayer> found = LayersOfFile(file, HasTop(layers));
  if (found.size() != groups.size()) return ListLayers(groups, found, mapped.faults);
  std::set<std::string> known;
  for (const Group& group : groups) known.insert(group.name);
  for (size_t i = 0; i < groups.size(); ++i) {
    if (found[i].fresh != groups[i].name && known.contains(found[i].fresh)) {
      mapped.faults.push_back(fmt::format("layer {} ({}) stands in the place of {}", found[i].name,
                                          found[i].fresh, groups[i].name));
    }
    TakeGroup(groups[i], found[i], mapped);
  }
}

// ---- other files: by name ----

using TensorsByName = std::map<std::string, const Tensor*>;

std::string FirstPart(const std::string& name) {
  return name.substr(0, name.find_first_of("/."));
}

TensorsByName NamesOfFile(const weights::TensorFile& file, bool has_top) {
  TensorsByName tensors;
  for (const Tensor& tensor : file.tensors) {
    if (!IsOutside(FirstPart(tensor.name), has_top) &&
        !tensor.name.ends_with(".num_batches_tracked"))
      tensors[tensor.name] = &tensor;
  }
  return tensors;
}

// Under our spelling of Keras's names: "conv2d_8/conv2d_8/kernel:0" -> "conv2d_1/kernel" where the
// numbers start at 7, "block1/unit0/dwconv2/kernel" -> "block1/unit0/dwconv2/depthwise_kernel".
TensorsByName OwnSpelling(const TensorsByName& tensors,
                          const std::vector<NamedParameter>& parameters,
                          std::vector<std::string>& faults) {
  std::set<std::string> keys, layers_known;
  for (const NamedParameter& parameter : parameters) {
    keys.insert(parameter.key);
    layers_known.insert(parameter.key.substr(0, parameter.key.rfind('/')));
  }
  std::vector<std::string> layers;
  for (const auto& [name, tensor] : tensors) layers.push_back(FirstPart(name));
  const auto fresh = FreshNames(layers);
  TensorsByName own;
  for (const auto& [name, tensor] : tensors) {
    const std::string plain = name.ends_with(":0") ? name.substr(0, name.size() - 2) : name;
    const size_t slash = plain.rfind('/');
    const std::string weight = plain.substr(slash + 1);
    const std::string first = FirstPart(name);
    std::string layer = plain.substr(0, slash == std::string::npos ? 0 : slash);
    if (fresh.at(first) != first || !layers_known.contains(layer)) layer = fresh.at(first);
    std::string key = slash == std::string::npos ? plain : layer + "/" + weight;
    const std::string depthwise = layer + "/depthwise_kernel";  // which Keras 3 calls "kernel"
    if (weight == "kernel" && !keys.contains(key) && keys.contains(depthwise)) key = depthwise;
    if (!own.emplace(key, tensor).second)
      faults.push_back(fmt::format("{} appears twice, as {}", key, name));
  }
  return own;
}

size_t CountKnown(const TensorsByName& tensors, const std::vector<NamedParameter>& parameters) {
  return static_cast<size_t>(
      std::count_if(parameters.begin(), parameters.end(),
                    [&](const NamedParameter& p) { return tensors.contains(p.name); }));
}

void TakeByName(TensorsByName tensors, const std::vector<NamedParameter>& parameters,
                MappedParameters& mapped) {
  for (const NamedParameter& parameter : parameters) {
    const auto found = tensors.find(parameter.name);
    if (found != tensors.end()) {
      TakeTensor(parameter, *found->second, mapped);
      tensors.erase(found);
    } else if (!parameter.optional) {
      mapped.faults.push_back(
          fmt::format("missing {} {}", parameter.name, ShapeText(parameter.shape)));
    }
  }
  for (const auto& [name, tensor] : tensors)
    mapped.faults.push_back(
        fmt::format("unexpected {} {}", tensor->name, ShapeText(tensor->shape)));
}

}  // namespace

void TakeTensor(const NamedParameter& parameter, const Tensor& tensor, MappedParameters& mapped) {
  const std::string where = tensor.name == parameter.key
                                ? tensor.name
                                : fmt::format("{} ({})", tensor.name, parameter.key);
  if (tensor.shape != parameter.shape) {
    mapped.faults.push_back(fmt::format("{}: expected {}, found {}", where,
                                        ShapeText(parameter.shape), ShapeText(tensor.shape)));
  } else if (!std::all_of(tensor.values.begin(), tensor.values.end(),
                          [](float v) { return std::isfinite(v); })) {
    mapped.faults.push_back(fmt::format("{}: holds NaN or infinity", where));
  } else {
    mapped.values[parameter.key] = Transposed(tensor, parameter.axes);
  }
}

MappedParameters MapParameters(const std::vector<ParameterLayer>& layers,
                               const weights::TensorFile& file, const std::string& backbone) {
  MappedParameters mapped;
  if (file.format == weights::FileFormat::kKerasHdf5) {
    mapped.convention = "the order of layers in a Keras file";
    TakeByOrder(layers, file, mapped);
    return mapped;
  }
  const TensorsByName tensors = NamesOfFile(file, HasTop(layers));
  const std::vector<NamedParameter> own_names = OwnNames(layers);
  const std::vector<NamedParameter> pytorch_names = PyTorchNames(backbone, layers);
  std::vector<std::string> twice;
  const TensorsByName own = OwnSpelling(tensors, own_names, twice);
  if (CountKnown(tensors, pytorch_names) > CountKnown(own, own_names)) {
    mapped.convention = "PyTorch's names, as timm or torchvision has them";
    TakeByName(tensors, pytorch_names, mapped);
  } else {
    mapped.convention = "Keras's names, layer/weight";
    mapped.faults = twice;
    TakeByName(own, own_names, mapped);
  }
  return mapped;
}

MappedParameters TakeParameters(const std::vector<ParameterLayer>& layers,
                                const weights::TensorFile& file, const std::string& backbone) {
  MappedParameters mapped = MapParameters(layers, file, backbone);
  if (mapped.faults.empty()) return mapped;
  throw InputError("{}: these are not the weights of {}, by {}; {} tensors do not fit:\n  {}",
                   PathText(file.path), backbone, mapped.convention, mapped.faults.size(),
                   Join(mapped.faults, "\n  "));
}

std::vector<Tensor> OwnTensors(const std::vector<ParameterLayer>& layers,
                               const ParameterValues& values) {
  std::vector<Tensor> tensors;
  for (const NamedParameter& parameter : OwnNames(layers)) {
    const auto found = values.find(parameter.key);
    KALLOS_CHECK(found != values.end() || parameter.optional, "{}", parameter.key);
    if (found != values.end())
      tensors.push_back(weights::FloatTensor(parameter.name, parameter.shape, found->second));
  }
  return tensors;
}

}  // namespace kallos::nn
