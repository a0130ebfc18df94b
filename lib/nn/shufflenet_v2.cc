// Ma et al., "ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design", 2018: as
// torchvision has it, with its names, and the narrow variant that was published as a student of
// InceptionResNetV2's features.
#include <algorithm>
#include <iterator>

#include "lib/core/error.h"
#include "lib/nn/architecture.h"

namespace kallos::nn {
namespace {

// Half of the channels passes a unit as it is, half is refined.
struct Halves {
  Value kept, refined;
};

Halves Shuffled(Graph& graph, const Halves& halves) {
  const int64_t half = halves.kept.channels;
  const Value mixed = graph.Shuffle(graph.Concat({halves.kept, halves.refined}));
  return {graph.Channels(mixed, 0, half), graph.Channels(mixed, half, half)};
}

ConvSpec Spec(const std::string& layer, const std::string& norm, int64_t out, int64_t kernel,
              int64_t stride, Activation activation) {
  ConvSpec spec;
  spec.layer = layer;
  spec.norm_layer = norm;
  spec.out = out;
  spec.kernel_height = spec.kernel_width = kernel;
  spec.stride = stride;
  spec.norm = Norm::kWithGamma;
  spec.activation = activation;
  return spec;
}

// ---- torchvision's ----

// Layer `number` of a branch is followed by its batch norm.
Value Plain(Graph& graph, const Value& x, const std::string& branch, int number, int64_t out,
            int64_t kernel, int64_t stride, Activation activation, bool depthwise = false) {
  ConvSpec spec = Spec(fmt::format("{}.{}", branch, number),
                       fmt::format("{}.{}", branch, number + 1), out, kernel, stride, activation);
  spec.depthwise = depthwise;
  spec.padding = Padding::kSymmetric;
  spec.norm_epsilon = 1e-5;
  spec.norm_momentum = 0.9;
  return graph.Conv(x, spec);
}

Value Refined(Graph& graph, const Value& x, const std::string& branch, int64_t out,
              int64_t stride) {
  Value y = Plain(graph, x, branch, 0, out, 1, 1, Activation::kRelu);
  y = Plain(graph, y, branch, 3, out, 3, stride, Activation::kNone, true);
  return Plain(graph, y, branch, 5, out, 1, 1, Activation::kRelu);
}

Value Stage(Graph& graph, const Value& x, const std::string& name, int64_t out, int64_t units) {
  const int64_t half = out / 2;
  Value kept = Plain(graph, x, name + ".0.branch1", 0, 0, 3, 2, Activation::kNone, true);
  kept = Plain(graph, kept, name + ".0.branch1", 2, half, 1, 1, Activation::kRelu);
  Halves halves = Shuffled(graph, {kept, Refined(graph, x, name + ".0.branch2", half, 2)});
  for (int64_t i = 1; i < units; ++i) {
    halves.refined = Refined(graph, halves.refined, fmt::format("{}.{}.branch2", name, i), half, 1);
    halves = Shuffled(graph, halves);
  }
  return graph.Concat({halves.kept, halves.refined});
}

// ---- the narrow one ----

Value Biased(Graph& graph, const Value& x, const std::string& prefix, const std::string& layer,
             int number, int64_t out, int64_t kernel, int64_t stride, Activation activation,
             bool depthwise = false) {
  ConvSpec spec =
      Spec(prefix + layer, fmt::format("{}bn{}", prefix, number), out, kernel, stride, activation);
  spec.depthwise = depthwise;
  spec.bias = true;
  return graph.Conv(x, spec);
}

Value NarrowRefined(Graph& graph, const Value& x, const std::string& prefix, int64_t out,
                    int64_t stride) {
  Value y = Biased(graph, x, prefix, "conv1", 1, x.channels, 1, 1, Activation::kRelu);
  y = Biased(graph, y, prefix, "dwconv2", 2, 0, 3, stride, Activation::kNone, true);
  return Biased(graph, y, prefix, "conv3", 3, out, 1, 1, Activation::kRelu);
}

// The published code refines what comes from its short branch, and keeps the other. Its "shuffle"
// joins the halves and splits them in the middle again, so that nothing moves.
Value NarrowBlock(Graph& graph, const Value& x, const std::string& name, int64_t out, int64_t units,
                  bool shuffle) {
  const int64_t half = out / 2;
  Halves halves;
  halves.kept = NarrowRefined(graph, x, name + "/", half, 2);
  halves.refined = Biased(graph, x, name + "/", "dwconv4", 4, 0, 3, 2, Activation::kNone, true);
  halves.refined =
      Biased(graph, halves.refined, name + "/", "conv5", 5, half, 1, 1, Activation::kRelu);
  for (int64_t i = 0; i + 1 < units; ++i) {
    if (shuffle) halves = Shuffled(graph, halves);
    halves.refined =
        NarrowRefined(graph, halves.refined, fmt::format("{}/unit{}/", name, i), half, 1);
  }
  const Value result = graph.Concat({halves.refined, halves.kept});
  return shuffle ? graph.Shuffle(result) : result;
}

Value Build(Graph& graph, double width) {
  struct Widths {
    double width;
    int64_t stages[3];
    int64_t last;
  };
  constexpr Widths kWidths[] = {{0.5, {48, 96, 192}, 1024},
                                {1.0, {116, 232, 464}, 1024},
                                {1.5, {176, 352, 704}, 1024},
                                {2.0, {244, 488, 976}, 2048}};
  constexpr int64_t kUnits[] = {4, 8, 4};
  const auto* widths = std::find_if(std::begin(kWidths), std::end(kWidths),
                                    [&](const Widths& w) { return w.width == width; });
  KALLOS_CHECK(widths != std::end(kWidths));
  Value x = Plain(graph, {.channels = 3}, "conv1", 0, 24, 3, 2, Activation::kRelu);
  x = graph.Pool(x, {PoolKind::kMax, 3, 2, Padding::kSymmetric});
  for (int i = 0; i < 3; ++i) {
    const std::string name = fmt::format("stage{}", i + 2);
    x = Stage(graph, x, name, widths->stages[i], kUnits[i]);
    graph.Tap(name, x, Taps::kMultigap);
  }
  x = Plain(graph, x, "conv5", 0, widths->last, 1, 1, Activation::kRelu);
  graph.Tap("conv5", x, Taps::kMultigap);
  graph.Tap("conv5", x, Taps::kPooled);
  return x;
}

Value BuildNarrow(Graph& graph, bool shuffle) {
  constexpr int64_t kWidths[] = {30, 36, 42};
  constexpr int64_t kUnits[] = {4, 8, 4};
  Value x = Biased(graph, {.channels = 3}, "", "conv1", 1, 24, 3, 2, Activation::kRelu);
  x = graph.Pool(x, {PoolKind::kMax, 3, 2, Padding::kSame});
  for (int i = 0; i < 3; ++i) {
    const std::string name = fmt::format("block{}", i + 1);
    x = NarrowBlock(graph, x, name, kWidths[i], kUnits[i], shuffle);
    graph.Tap(name, x, Taps::kMultigap);
  }
  x = Biased(graph, x, "", "conv5", 5, 256, 1, 1, Activation::kRelu);
  graph.Tap("conv5", x, Taps::kMultigap);
  graph.Tap("conv5", x, Taps::kPooled);
  return x;
}

// Keras goes by the attributes of the published class: within a block its units first, and the top
// before conv5.
std::vector<std::string> NarrowFileOrder(const std::vector<ConvSpec>& convs) {
  std::vector<std::string> order = {"conv1", "bn1"};
  const auto append = [&](const auto& belongs) {
    for (const ConvSpec& conv : convs) {
      if (!belongs(conv.layer)) continue;
      order.push_back(conv.layer);
      if (!conv.norm_layer.empty()) order.push_back(conv.norm_layer);
    }
  };
  for (const std::string block : {"block1/", "block2/", "block3/"}) {
    append([&](const std::string& layer) { return layer.starts_with(block + "unit"); });
    append([&](const std::string& layer) {
      return layer.starts_with(block) && !layer.starts_with(block + "unit");
    });
  }
  append([](const std::string& layer) { return layer == "dense1"; });
  append([](const std::string& layer) { return layer == "conv5"; });
  return order;
}

Architecture Narrow(const std::string& name, bool shuffle) {
  Architecture a;
  a.name = name;
  a.build = [shuffle](Graph& graph) { return BuildNarrow(graph, shuffle); };
  a.file_order = NarrowFileOrder;
  a.top = "dense1";
  a.dropout = 0.7;
  return a;
}

}  // namespace

Architecture ShuffleNetV2(const std::string& name, double width) {
  Architecture a;
  a.name = name;
  a.build = [width](Graph& graph) { return Build(graph, width); };
  a.scaling = Scaling::kImagenet;
  a.top = "fc";
  return a;
}

Architecture NarrowShuffleNetV2(const std::string& name) {
  return Narrow(name, true);
}

Architecture LegacyNarrowShuffleNetV2(const std::string& name) {
  return Narrow(name, false);
}

// The published student drops numbers in inference too, by mistake.
Architecture PublishedNarrowShuffleNetV2(const std::string& name) {
  Architecture a = Narrow(name, false);
  a.drop = [](Graph& graph, const Value& average, double rate) {
    return graph.Dropout(average, rate, true);
  };
  return a;
}

}  // namespace kallos::nn
