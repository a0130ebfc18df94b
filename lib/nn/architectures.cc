#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/nn/graph.h"

namespace kallos::nn {
namespace {

Architecture EfficientNet(const std::string& name, double width, double depth) {
  return {name, Scaling::kImagenet, 32, BuildEfficientNet, width, depth, ConstructionOrder};
}

Architecture MobileNet(const std::string& name, double width) {
  return {name, Scaling::kSymmetric, 32, BuildMobileNetV1, width, 1, ConstructionOrder};
}

const std::vector<Architecture>& Table() {
  static const std::vector<Architecture> table = {
      {"inception_resnet_v2", Scaling::kUnit, 75, BuildInceptionResnetV2, 1, 1, InceptionResnetV2FileOrder},
      EfficientNet("efficientnet_b0", 1.0, 1.0),
      EfficientNet("efficientnet_b1", 1.0, 1.1),
      EfficientNet("efficientnet_b2", 1.1, 1.2),
      EfficientNet("efficientnet_b3", 1.2, 1.4),
      EfficientNet("efficientnet_b4", 1.4, 1.8),
      EfficientNet("efficientnet_b5", 1.6, 2.2),
      EfficientNet("efficientnet_b6", 1.8, 2.6),
      EfficientNet("efficientnet_b7", 2.0, 3.1),
      MobileNet("mobilenet_v1_025", 0.25),
      MobileNet("mobilenet_v1_050", 0.5),
      MobileNet("mobilenet_v1_075", 0.75),
      MobileNet("mobilenet_v1_100", 1.0),
  };
  return table;
}

}  // namespace

const std::vector<std::string>& BackboneNames() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const Architecture& architecture : Table()) all.push_back(architecture.name);
    return all;
  }();
  return names;
}

const Architecture& FindArchitecture(const std::string& name) {
  for (const Architecture& architecture : Table()) {
    if (architecture.name == name) return architecture;
  }
  throw UsageError("unknown backbone '{}'{} Known: {}", name, DidYouMean(name, BackboneNames()),
                   Join(BackboneNames(), ", "));
}

}  // namespace kallos::nn
