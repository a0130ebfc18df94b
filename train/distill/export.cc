#include "train/distill/export.h"

#include <cmath>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/log.h"
#include "lib/core/text.h"
#include "lib/model/extractor.h"
#include "lib/nn/backbone.h"
#include "lib/nn/torchscript.h"
#include "lib/weights/safetensors.h"
#include "train/network/network_bundle.h"

namespace kallos::train {
namespace {

bool IsTorchScript(const fs::path& path) {
  return ToLower(path.extension().string()) == ".pt";
}

// Batch norms, which come after the ReLU, as one factor and one shift each.
nn::ScriptHead ScriptHeadOf(const model::Bundle& bundle) {
  nn::ScriptHead head;
  head.temperature = bundle.temperature;
  for (const model::HeadLayer& layer : bundle.head) {
    nn::ScriptLayer script{layer.kernel, layer.bias, {}, {}};
    for (size_t j = 0; j < layer.gamma.size(); ++j) {
      const double factor = layer.gamma[j] / std::sqrt(layer.variance[j] + model::kNormEpsilon);
      script.scale.push_back(static_cast<float>(factor));
      script.shift.push_back(static_cast<float>(layer.beta[j] - layer.mean[j] * factor));
    }
    head.layers.push_back(std::move(script));
  }
  return head;
}

void WriteAllWeights(const fs::path& to, const model::Bundle& bundle,
                     const model::ExtractorSpec& network) {
  std::vector<weights::Tensor> tensors = weights::ReadTensorFile(bundle.weights[0]).tensors;
  for (weights::Tensor& tensor : HeadTensors(bundle.head, "head/"))
    tensors.push_back(std::move(tensor));
  weights::WriteSafetensors(to, tensors,
                            {{"format", "kallos-student"},
                             {"network", network.backbone},
                             {"taps", EnumName(network.taps)},
                             {"resize", network.resize.Name()},
                             {"scaling", EnumName(network.scaling.value())},
                             {"temperature", FormatDouble(bundle.temperature)}});
}

void RequireOutside(const ExportConfig& config) {
  const fs::path inside =
      fs::weakly_canonical(config.to).lexically_relative(fs::weakly_canonical(config.bundle));
  if (inside.empty() || *inside.begin() == "..") return;
  throw UsageError("--to {}: lies in --bundle, whose files it could replace; give another place",
                   PathText(config.to));
}

}  // namespace

void Validate(const ExportConfig& config, Violations& violations) {
  if (!IsTorchScript(config.to) && ToLower(config.to.extension().string()) != ".safetensors")
    violations.push_back(fmt::format("--to {}: expected a name that ends with .pt or .safetensors",
                                     PathText(config.to)));
  if (fs::is_directory(config.to))
    violations.push_back(
        fmt::format("--to {}: is a folder; expected the name of a file", PathText(config.to)));
}

void RunExport(const ExportConfig& config, RunContext&) {
  RequireOutside(config);
  const model::Bundle bundle = LoadNetworkBundle(config.bundle);
  const model::ExtractorSpec network = model::ParseDescription(bundle.parts[0].description);
  if (IsTorchScript(config.to)) {
    nn::WriteTorchScript(config.to, network.backbone, weights::ReadTensorFile(bundle.weights[0]),
                         network.taps, network.scaling.value(), network.outputs,
                         ScriptHeadOf(bundle));
  } else {
    WriteAllWeights(config.to, bundle, network);
  }
  LogInfo("{}: {}; photographs of {} after --resize {}", PathText(config.to),
          FormatBytes(static_cast<uint64_t>(fs::file_size(config.to))), network.backbone,
          network.resize.Name());
}

}  // namespace kallos::train
