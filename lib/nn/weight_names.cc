#include "lib/nn/weight_names.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/text.h"

namespace kallos::nn {
namespace {

// Our layer -> PyTorch's module: "conv2d_4" -> "conv2d_4a.conv".
using Modules = std::map<std::string, std::string>;

// timm's modules in the order in which Keras constructs, and so numbers, its unnamed layers.
Modules InceptionResnetV2Modules() {
  struct Group {
    std::string prefix;  // {} is the number of the repeat, from 0
    int repeats;
    int first_block;  // number of the residual block in our names
    std::string block;
    std::string modules;
  };
  const std::string block35 = "branch0 branch1.0 branch1.1 branch2.0 branch2.1 branch2.2 conv2d";
  const std::string block17 = "branch0 branch1.0 branch1.1 branch1.2 conv2d";
  const Group groups[] = {
      {"", 1, 0, "", "conv2d_1a conv2d_2a conv2d_2b conv2d_3b conv2d_4a"},
      {"mixed_5b.", 1, 0, "",
       "branch0 branch1.0 branch1.1 branch2.0 branch2.1 branch2.2 branch3.1"},
      {"repeat.{}.", 10, 1, "block35", block35},
      {"mixed_6a.", 1, 0, "", "branch0 branch1.0 branch1.1 branch1.2"},
      {"repeat_1.{}.", 20, 1, "block17", block17},
      {"mixed_7a.", 1, 0, "",
       "branch0.0 branch0.1 branch1.0 branch1.1 branch2.0 branch2.1 branch2.2"},
      {"repeat_2.{}.", 9, 1, "block8", block17},
      {"block8.", 1, 10, "block8", block17},
  };
  Modules modules = {
      {"conv_7b", "conv2d_7b.conv"}, {"conv_7b_bn", "conv2d_7b.bn"}, {"predictions", "classif"}};
  int number = 0;
  for (const Group& group : groups) {
    for (int i = 0; i < group.repeats; ++i) {
      const std::string prefix = fmt::format(fmt::runtime(group.prefix), i);
      for (const std::string& module : Split(group.modules, ' ')) {
        if (module == "conv2d") {
          modules[fmt::format("{}_{}_conv", group.block, group.first_block + i)] = prefix + module;
          continue;
        }
        const std::string suffix = number == 0 ? "" : fmt::format("_{}", number);
        modules["conv2d" + suffix] = prefix + module + ".conv";
        modules["batch_normalization" + suffix] = prefix + module + ".bn";
        ++number;
      }
    }
  }
  return modules;
}

// "block2a_expand_conv" -> "blocks.1.0.conv_pw". Without expansion (stage 1) timm counts its batch
// norms from the depthwise one.
std::string EfficientNetModule(const std::string& layer) {
  static const std::map<std::string, std::string> ends = {{"stem_conv", "conv_stem"},
                                                          {"stem_bn", "bn1"},
                                                          {"top_conv", "conv_head"},
                                                          {"top_bn", "bn2"},
                                                          {"predictions", "classifier"}};
  static const std::map<std::string, std::pair<std::string, std::string>> parts = {
      // ours -> timm's in stage 1, timm's elsewhere
      {"expand_conv", {"", "conv_pw"}},
      {"expand_bn", {"", "bn1"}},
      {"dwconv", {"conv_dw", "conv_dw"}},
      {"bn", {"bn1", "bn2"}},
      {"se_reduce", {"se.conv_reduce", "se.conv_reduce"}},
      {"se_expand", {"se.conv_expand", "se.conv_expand"}},
      {"project_conv", {"conv_pw", "conv_pwl"}},
      {"project_bn", {"bn2", "bn3"}}};
  const auto end = ends.find(layer);
  if (end != ends.end()) return end->second;
  KALLOS_CHECK(layer.starts_with("block") && layer.size() > 8, "{}", layer);
  const int stage = layer[5] - '1';
  const auto& [first, other] = parts.at(layer.substr(8));
  return fmt::format("blocks.{}.{}.{}", stage, layer[6] - 'a', stage == 0 ? first : other);
}

Modules PyTorchModules(const std::string& backbone, const std::vector<ParameterLayer>& layers) {
  if (backbone == "inception_resnet_v2") return InceptionResnetV2Modules();
  Modules modules;
  for (const ParameterLayer& layer : layers) {
    if (backbone.starts_with("efficientnet_")) modules[layer.name] = EfficientNetModule(layer.name);
    if (backbone.starts_with("shufflenet_v2_x"))
      modules[layer.name] = layer.name;  // ours are torchvision's
  }
  return modules;
}

NamedParameter PyTorchParameter(const ParameterLayer& layer, const std::string& module,
                                const std::string& weight, const std::vector<int64_t>& shape) {
  static const std::map<std::string, std::string> names = {{"kernel", "weight"},
                                                           {"depthwise_kernel", "weight"},
                                                           {"bias", "bias"},
                                                           {"gamma", "weight"},
                                                           {"beta", "bias"},
                                                           {"moving_mean", "running_mean"},
                                                           {"moving_variance", "running_var"}};
  NamedParameter parameter{
      layer.name + "/" + weight, module + "." + names.at(weight), shape, {}, false};
  if (weight == "kernel") parameter.axes = {2, 3, 1, 0};  // HWIO of OIHW
  if (weight == "kernel" && shape.size() == 2) parameter.axes = {1, 0};
  if (weight == "depthwise_kernel") parameter.axes = {2, 3, 0, 1};  // HWC1 of C1HW
  for (size_t i = 0; i < parameter.axes.size(); ++i) parameter.shape[parameter.axes[i]] = shape[i];
  return parameter;
}

// The shape of the gamma that a batch norm could have but has not in Keras.
std::optional<std::vector<int64_t>> ShapeOfAbsentGamma(const ParameterLayer& layer) {
  if (layer.weights.front() != "beta") return std::nullopt;
  return layer.shapes.front();
}

// "conv2d_7" -> {"conv2d", 7}; nothing for a name that somebody chose.
std::optional<std::pair<std::string, int64_t>> AutomaticName(const std::string& name) {
  for (const std::string kind : {"conv2d", "batch_normalization"}) {
    if (name == kind) return std::pair(kind, int64_t{0});
    if (!name.starts_with(kind + "_")) continue;
    const std::optional<int64_t> number = ParseInt(name.substr(kind.size() + 1));
    if (number && *number >= 0) return std::pair(kind, *number);
  }
  return std::nullopt;
}

}  // namespace

std::vector<NamedParameter> OwnNames(const std::vector<ParameterLayer>& layers) {
  std::vector<NamedParameter> parameters;
  for (const ParameterLayer& layer : layers) {
    for (size_t k = 0; k < layer.weights.size(); ++k) {
      const std::string key = layer.name + "/" + layer.weights[k];
      parameters.push_back({key, key, layer.shapes[k], {}, false});
    }
    const std::string gamma = layer.name + "/gamma";
    if (const auto shape = ShapeOfAbsentGamma(layer))
      parameters.push_back({gamma, gamma, *shape, {}, true});
  }
  return parameters;
}

std::vector<NamedParameter> PyTorchNames(const std::string& backbone,
                                         const std::vector<ParameterLayer>& layers) {
  const Modules modules = PyTorchModules(backbone, layers);
  std::vector<NamedParameter> parameters;
  if (modules.empty()) return parameters;
  for (const ParameterLayer& layer : layers) {
    const std::string& module = modules.at(layer.name);
    for (size_t k = 0; k < layer.weights.size(); ++k)
      parameters.push_back(PyTorchParameter(layer, module, layer.weights[k], layer.shapes[k]));
    if (const auto shape = ShapeOfAbsentGamma(layer))
      parameters.push_back(PyTorchParameter(layer, module, "gamma", *shape));
  }
  return parameters;
}

std::map<std::string, std::string> FreshNames(const std::vector<std::string>& layers) {
  std::map<std::string, int64_t> smallest;
  for (const std::string& layer : layers) {
    const auto automatic = AutomaticName(layer);
    if (!automatic) continue;
    const auto [kind, number] = *automatic;
    const auto known = smallest.emplace(kind, number).first;
    known->second = std::min(known->second, number);
  }
  std::map<std::string, std::string> fresh;
  for (const std::string& layer : layers) {
    const auto automatic = AutomaticName(layer);
    fresh[layer] = layer;
    if (!automatic) continue;
    const int64_t number = automatic->second - smallest.at(automatic->first);
    fresh[layer] = number == 0 ? automatic->first : fmt::format("{}_{}", automatic->first, number);
  }
  return fresh;
}

}  // namespace kallos::nn
