#include "extract/backbone_weights.h"

#include "lib/nn/backbone.h"
#include "lib/nn/weight_mapping.h"

namespace kallos::extract {

std::optional<std::vector<std::string>> FittingBackbones(const weights::TensorFile& file) {
  std::vector<std::string> fitting;
  for (const std::string& name : nn::BackboneNames()) {
    if (nn::MapParameters(nn::KerasLayout(name), file, name).faults.empty())
      fitting.push_back(name);
  }
  return fitting;
}

BackboneTensors TakeBackbone(const weights::TensorFile& file, const std::string& backbone) {
  const std::vector<nn::ParameterLayer> layers = nn::KerasLayout(backbone);
  nn::MappedParameters mapped = nn::TakeParameters(layers, file, backbone);
  return {mapped.convention, nn::OwnTensors(layers, mapped.values)};
}

}  // namespace kallos::extract
