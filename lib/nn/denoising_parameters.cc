#include <algorithm>
#include <map>
#include <optional>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/nn/denoising_network.h"
#include "lib/nn/weight_mapping.h"
#include "lib/nn/weight_names.h"

namespace kallos::nn {
namespace {

using weights::Tensor;

constexpr size_t kConvs = 7, kNorms = 5;
constexpr char kExpected[] =
    "seven convolutions 3 x 3 (5 channels to 64, 64 to 64 five times, 64 to 1) and five batch "
    "norms of 64 channels";

// A layer of the file, its tensors by Keras's names for them.
struct FoundLayer {
  std::string name;
  std::map<std::string, const Tensor*> weights;
};

struct FoundLayers {
  std::vector<FoundLayer> convs, norms;
};

// Text as people sort it: "conv2d_9" before "conv2d_10".
bool NaturalLess(const std::string& a, const std::string& b) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto number = [&](const std::string& text, size_t& at) {
    const size_t begin = std::min(text.find_first_not_of('0', at), text.size());
    for (at = std::max(at, begin); at < text.size() && is_digit(text[at]);) ++at;
    const std::string digits = text.substr(begin, at - begin);
    return std::pair(digits.size(), digits);
  };
  size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (is_digit(a[i]) && is_digit(b[j])) {
      const auto x = number(a, i), y = number(b, j);
      if (x != y) return x < y;
    } else if (a[i] != b[j]) {
      return a[i] < b[j];
    } else {
      ++i, ++j;
    }
  }
  return a.size() - i < b.size() - j;
}

// "conv2d_1" of "conv2d_1/kernel:0" and of "conv2d_1.weight"; "" of a name without a layer.
std::string LayerOf(const Tensor& tensor) {
  if (!tensor.layer.empty()) return tensor.layer;
  const size_t end = tensor.name.find_last_of("/.");
  return end == std::string::npos ? "" : tensor.name.substr(0, end);
}

// Keras's name for the tensor within its layer, whatever the file calls it.
std::string WeightOf(const Tensor& tensor, bool conv) {
  static const std::map<std::string, std::string> of_conv = {{"weight", "kernel"}};
  static const std::map<std::string, std::string> of_norm = {{"weight", "gamma"},
                                                             {"bias", "beta"},
                                                             {"running_mean", "moving_mean"},
                                                             {"running_var", "moving_variance"}};
  std::string name = tensor.name.substr(tensor.name.find_last_of("/.") + 1);
  name = name.substr(0, name.find(':'));
  const auto& table = conv ? of_conv : of_norm;
  const auto found = table.find(name);
  return found == table.end() ? name : found->second;
}

// Layers in the order in which they count, each with all its tensors.
std::vector<std::pair<std::string, std::vector<const Tensor*>>> Grouped(
    const weights::TensorFile& file) {
  std::vector<std::pair<std::string, std::vector<const Tensor*>>> layers;
  for (const Tensor& tensor : file.tensors) {
    if (tensor.name.ends_with("num_batches_tracked")) continue;
    const std::string name = LayerOf(tensor);
    const auto known = std::find_if(layers.begin(), layers.end(),
                                    [&](const auto& layer) { return layer.first == name; });
    const auto layer = known == layers.end() ? layers.insert(known, {name, {}}) : known;
    layer->second.push_back(&tensor);
  }
  if (file.format == weights::FileFormat::kSafetensors) {
    std::sort(layers.begin(), layers.end(),
              [](const auto& a, const auto& b) { return NaturalLess(a.first, b.first); });
  }
  return layers;
}

FoundLayers Sorted(const weights::TensorFile& file, std::vector<std::string>& faults) {
  FoundLayers found;
  for (const auto& [name, tensors] : Grouped(file)) {
    const bool conv = std::any_of(tensors.begin(), tensors.end(),
                                  [](const Tensor* t) { return t->shape.size() == 4; });
    const std::vector<std::string> expected =
        conv ? std::vector<std::string>{"kernel", "bias"}
             : std::vector<std::string>{"gamma", "beta", "moving_mean", "moving_variance"};
    FoundLayer layer{name, {}};
    for (const Tensor* tensor : tensors) {
      const std::string weight = WeightOf(*tensor, conv);
      const bool known = std::find(expected.begin(), expected.end(), weight) != expected.end();
      if (!known || !layer.weights.emplace(weight, tensor).second)
        faults.push_back(
            fmt::format("unexpected {} [{}]", tensor->name, fmt::join(tensor->shape, ", ")));
    }
    if (!layer.weights.empty()) (conv ? found.convs : found.norms).push_back(layer);
  }
  return found;
}

// Takes a weight of the layer, or fills in what a layer without it has.
void TakeWeight(const NamedParameter& parameter, const FoundLayer& layer,
                std::optional<float> otherwise, MappedParameters& mapped) {
  const std::string weight = parameter.key.substr(parameter.key.find('/') + 1);
  const auto found = layer.weights.find(weight);
  if (found != layer.weights.end()) {
    TakeTensor(parameter, *found->second, mapped);
  } else if (otherwise) {
    mapped.values[parameter.key].assign(static_cast<size_t>(parameter.shape.back()), *otherwise);
  } else {
    mapped.faults.push_back(fmt::format("layer {}: no {}", layer.name, weight));
  }
}

void TakeConv(const ConvSpec& spec, const FoundLayer& layer, MappedParameters& mapped) {
  NamedParameter kernel{spec.layer + "/kernel", "", {3, 3, spec.in, spec.out}, {}, false};
  const auto found = layer.weights.find("kernel");
  if (found != layer.weights.end() && found->second->shape.front() != 3) {  // PyTorch's OIHW
    kernel.shape = {spec.out, spec.in, 3, 3};
    kernel.axes = {2, 3, 1, 0};
  }
  TakeWeight(kernel, layer, std::nullopt, mapped);
  TakeWeight({spec.layer + "/bias", "", {spec.out}, {}, false}, layer, 0.0f, mapped);
}

void TakeNorm(const ConvSpec& spec, const FoundLayer& layer, MappedParameters& mapped) {
  const auto parameter = [&](const char* weight) {
    return NamedParameter{spec.norm_layer + "/" + weight, "", {spec.out}, {}, false};
  };
  TakeWeight(parameter("gamma"), layer, 1.0f, mapped);
  TakeWeight(parameter("beta"), layer, 0.0f, mapped);
  TakeWeight(parameter("moving_mean"), layer, std::nullopt, mapped);
  TakeWeight(parameter("moving_variance"), layer, std::nullopt, mapped);
  const std::vector<float>& variances = mapped.values[parameter("moving_variance").key];
  if (std::any_of(variances.begin(), variances.end(), [](float v) { return v < 0; }))
    mapped.faults.push_back(fmt::format("layer {}: a variance below 0", layer.name));
}

void TakeLayers(const FoundLayers& found, MappedParameters& mapped) {
  const std::vector<ConvSpec> convs = DenoisingConvs();
  size_t norms = 0;
  for (size_t i = 0; i < convs.size(); ++i) {
    TakeConv(convs[i], found.convs[i], mapped);
    if (convs[i].norm != Norm::kNone) TakeNorm(convs[i], found.norms[norms++], mapped);
  }
}

std::string NamesOf(const std::vector<FoundLayer>& layers) {
  std::vector<std::string> names;
  for (const FoundLayer& layer : layers) names.push_back(layer.name);
  return names.empty() ? "none" : Join(names, ", ");
}

}  // namespace

ParameterValues DenoisingParameters(const weights::TensorFile& file) {
  MappedParameters mapped;
  const FoundLayers found = Sorted(file, mapped.faults);
  if (found.convs.size() == kConvs && found.norms.size() == kNorms) {
    TakeLayers(found, mapped);
  } else {
    mapped.faults.push_back(
        fmt::format("{} convolutions found: {}", found.convs.size(), NamesOf(found.convs)));
    mapped.faults.push_back(
        fmt::format("{} batch norms found: {}", found.norms.size(), NamesOf(found.norms)));
  }
  if (mapped.faults.empty()) return mapped.values;
  throw InputError("{}: these are not the weights of the denoising network; expected {}:\n  {}",
                   PathText(file.path), kExpected, Join(mapped.faults, "\n  "));
}

}  // namespace kallos::nn
