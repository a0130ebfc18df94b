#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/nn/architecture.h"

namespace kallos::nn {

// Each in the .cc of its name.
Architecture EfficientNet(const std::string& name, double width, double depth, double dropout);
Architecture InceptionResnetV2(const std::string& name);
Architecture MobileNetV1(const std::string& name, double width);
Architecture ShuffleNetV2(const std::string& name, double width);   // torchvision's
Architecture NarrowShuffleNetV2(const std::string& name);           // a student
Architecture LegacyNarrowShuffleNetV2(const std::string& name);     // as its code shuffles
Architecture PublishedNarrowShuffleNetV2(const std::string& name);  // and drops numbers

namespace {

const std::vector<Architecture>& Table() {
  static const std::vector<Architecture> table = {
      InceptionResnetV2("inception_resnet_v2"),
      EfficientNet("efficientnet_b0", 1.0, 1.0, 0.2),
      EfficientNet("efficientnet_b1", 1.0, 1.1, 0.2),
      EfficientNet("efficientnet_b2", 1.1, 1.2, 0.3),
      EfficientNet("efficientnet_b3", 1.2, 1.4, 0.3),
      EfficientNet("efficientnet_b4", 1.4, 1.8, 0.4),
      EfficientNet("efficientnet_b5", 1.6, 2.2, 0.4),
      EfficientNet("efficientnet_b6", 1.8, 2.6, 0.5),
      EfficientNet("efficientnet_b7", 2.0, 3.1, 0.5),
      MobileNetV1("mobilenet_v1_025", 0.25),
      MobileNetV1("mobilenet_v1_050", 0.5),
      MobileNetV1("mobilenet_v1_075", 0.75),
      MobileNetV1("mobilenet_v1_100", 1.0),
      ShuffleNetV2("shufflenet_v2_x0_5", 0.5),
      ShuffleNetV2("shufflenet_v2_x1_0", 1.0),
      ShuffleNetV2("shufflenet_v2_x1_5", 1.5),
      ShuffleNetV2("shufflenet_v2_x2_0", 2.0),
      NarrowShuffleNetV2("shufflenet_v2_narrow"),
      LegacyNarrowShuffleNetV2("shufflenet_v2_narrow_legacy"),
      PublishedNarrowShuffleNetV2("shufflenet_v2_narrow_published"),
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
  const Value last = architecture.build(graph);
  if (architecture.outputs == 0) return;
  ConvSpec spec;
  spec.layer = architecture.top;
  spec.out = architecture.outputs;
  spec.dense = true;
  spec.bias = true;
  const Value x = architecture.drop(graph, graph.Mean(last), architecture.dropout);
  graph.Tap(architecture.top, graph.Conv(x, spec), Taps::kOutputs);
}

std::vector<std::string> ConstructionOrder(const std::vector<ConvSpec>& convs) {
  std::vector<std::string> order;
  for (const ConvSpec& conv : convs) {
    order.push_back(conv.layer);
    if (!conv.norm_layer.empty()) order.push_back(conv.norm_layer);
  }
  return order;
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
