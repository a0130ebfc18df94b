#include "train/network/network_bundle.h"

#include <algorithm>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/nn/training/trainable_network.h"
#include "lib/weights/safetensors.h"

namespace kallos::train {
namespace {

weights::Tensor& Named(const std::string& name, std::vector<weights::Tensor>& tensors) {
  const auto found = std::ranges::find(tensors, name, &weights::Tensor::name);
  KALLOS_CHECK(found != tensors.end(), "no parameter {}", name);
  return *found;
}

}  // namespace

void SaveNetworkBundle(const fs::path& folder, const model::ExtractorSpec& network,
                       const std::vector<weights::Tensor>& parameters, model::Bundle bundle) {
  weights::WriteSafetensors(folder / model::kNetworkWeights, parameters,
                            {{"format", "kallos-network"}, {"network", network.backbone}});
  model::ExtractorSpec spec = network;
  spec.weights = folder / model::kNetworkWeights;
  spec.weights_sha256.clear();  // of what the training began with
  const store::StoreInfo info = model::Extractor(spec).Info();
  model::BundlePart part{info.extractor, info.description, info.fingerprint, info.dimension};
  part.weights_file = model::kNetworkWeights;
  bundle.parts = {std::move(part)};
  model::SaveBundle(folder, bundle);
}

model::Bundle LoadNetworkBundle(const fs::path& folder) {
  model::Bundle bundle = model::LoadVerdictBundle(folder);
  const bool plain = bundle.parts.size() == 1 && !bundle.parts[0].reduction &&
                     bundle.selection.empty() && bundle.mean.empty() && bundle.weights.size() == 1;
  if (plain) return bundle;
  throw InputError(
      "{}: expected a bundle of kallos-distill or kallos-train joint: one network with its weights "
      "inside, and a head "
      "on its numbers as they are",
      PathText(folder));
}

void ScaleOutputs(const std::string& network, const std::vector<float>& factor,
                  const std::vector<float>& shift, std::vector<weights::Tensor>& parameters) {
  const std::string top = nn::TopLayer(network);
  std::vector<float>& kernel = Named(top + "/kernel", parameters).values;
  std::vector<float>& bias = Named(top + "/bias", parameters).values;
  KALLOS_CHECK(bias.size() == factor.size() && bias.size() == shift.size());
  for (size_t i = 0; i < kernel.size(); ++i)
    kernel[i] *= factor[i % factor.size()];  // [inputs, outputs]
  for (size_t j = 0; j < bias.size(); ++j) bias[j] = bias[j] * factor[j] + shift[j];
}

}  // namespace kallos::train
