#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/nn/graph.h"

namespace kallos::nn {
namespace {

Architecture EfficientNet(const std::string& name, double width, double depth, double dropout) {
  Architecture a{name, Scaling::kImagenet, 32, BuildEfficientNet, width, depth, ConstructionOrder};
  a.dropout = dropout;
  return a;
}

Architecture MobileNet(const std::string& name, double width) {
  return {name, Scaling::kSymmetric, 32, BuildMobileNetV1, width, 1, ConstructionOrder};
}

Architecture ShuffleNet(const std::string& name, double width) {
  Architecture a{name, Scaling::kImagenet, 32, BuildShuffleNetV2, width, 1, ConstructionOrder};
  a.top = "fc";
  return a;
}

Architecture NarrowShuffleNet(const std::string& name, bool shuffle) {
  Architecture a{
      name, Scaling::kUnit, 32, BuildNarrowShuffleNetV2, 1, 1, NarrowShuffleNetV2FileOrder};
  a.shuffle = shuffle;
  a.top = "dense1";
  a.dropout = 0.7;
  return a;
}

Architecture Published(Architecture a) {
  a.dropout_always = true;
  return a;
}

const std::vector<Architecture>& Table() {
  static const std::vector<Architecture> table = {
      {"inception_resnet_v2", Scaling::kUnit, 75, BuildInceptionResnetV2, 1, 1,
       InceptionResnetV2FileOrder},
      EfficientNet("efficientnet_b0", 1.0, 1.0, 0.2),
      EfficientNet("efficientnet_b1", 1.0, 1.1, 0.2),
      EfficientNet("efficientnet_b2", 1.1, 1.2, 0.3),
      EfficientNet("efficientnet_b3", 1.2, 1.4, 0.3),
      EfficientNet("efficientnet_b4", 1.4, 1.8, 0.4),
      EfficientNet("efficientnet_b5", 1.6, 2.2, 0.4),
      EfficientNet("efficientnet_b6", 1.8, 2.6, 0.5),
      EfficientNet("efficientnet_b7", 2.0, 3.1, 0.5),
      MobileNet("mobilenet_v1_025", 0.25),
      MobileNet("mobilenet_v1_050", 0.5),
      MobileNet("mobilenet_v1_075", 0.75),
      MobileNet("mobilenet_v1_100", 1.0),
      ShuffleNet("shufflenet_v2_x0_5", 0.5),
      ShuffleNet("shufflenet_v2_x1_0", 1.0),
      ShuffleNet("shufflenet_v2_x1_5", 1.5),
      ShuffleNet("shufflenet_v2_x2_0", 2.0),
      NarrowShuffleNet("shufflenet_v2_narrow", true),
      NarrowShuffleNet("shufflenet_v2_narrow_legacy", false),
      Published(NarrowShuffleNet("shufflenet_v2_narrow_published", false)),
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

void BuildNetwork(Graph& graph, const Architecture& architecture) {
  const Value last = architecture.build(graph, architecture);
  if (architecture.outputs == 0) return;
  ConvSpec spec;
  spec.layer = architecture.top;
  spec.out = architecture.outputs;
  spec.dense = true;
  spec.bias = true;
  const Value x =
      graph.Dropout(graph.Mean(last), architecture.dropout, architecture.dropout_always);
  graph.Tap(architecture.top, graph.Conv(x, spec), Taps::kOutputs);
}

std::string TopLayer(const std::string& backbone) {
  return FindArchitecture(backbone).top;
}

Architecture FindArchitecture(const std::string& name, int64_t outputs) {
  KALLOS_CHECK(outputs >= 0);
  for (Architecture architecture : Table()) {
    architecture.outputs = outputs;
    if (architecture.name == name) return architecture;
  }
  throw UsageError("unknown backbone '{}'{}; known: {}", name, DidYouMean(name, BackboneNames()),
                   Join(BackboneNames(), ", "));
}

}  // namespace kallos::nn
