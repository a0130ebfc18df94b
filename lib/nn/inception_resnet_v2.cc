// Szegedy et al., "Inception-v4, Inception-ResNet and the Impact of Residual Connections on
// Learning", 2016, with the numbers and names of keras.applications.
#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/nn/architecture.h"

namespace kallos::nn {
namespace {

// Gives the unnamed convolutions Keras's automatic names, in construction order.
class Builder {
 public:
  explicit Builder(Graph& graph) : graph_(graph) {}

  // Convolution without bias, batch norm without gamma, ReLU.
  Value C(const Value& x, int64_t filters, int64_t height, int64_t width, int64_t stride = 1,
          Padding padding = Padding::kSame) {
    const std::string suffix = count_ == 0 ? "" : "_" + std::to_string(count_);
    ++count_;
    return Named(x, "conv2d" + suffix, "batch_normalization" + suffix, filters, height, width,
                 stride, padding);
  }
  Value C(const Value& x, int64_t filters, int64_t kernel = 1) {
    return C(x, filters, kernel, kernel);
  }

  Value Named(const Value& x, const std::string& layer, const std::string& norm, int64_t filters,
              int64_t height, int64_t width, int64_t stride, Padding padding) {
    ConvSpec spec;
    spec.layer = layer;
    spec.norm_layer = norm;
    spec.out = filters;
    spec.kernel_height = height;
    spec.kernel_width = width;
    spec.stride = stride;
    spec.padding = padding;
    spec.norm = Norm::kWithoutGamma;
    spec.activation = Activation::kRelu;
    return graph_.Conv(x, spec);
  }

  // The tail of a residual block: tap on the concatenation, 1x1 convolution up, scaled addition.
  Value Block(const Value& x, const std::vector<Value>& branches, const std::string& name,
              double scale, bool relu) {
    const Value mixed = graph_.Concat(branches);
    graph_.Tap(name + "_mixed", mixed, Taps::kMultigap);
    ConvSpec up;
    up.layer = name + "_conv";
    up.out = x.channels;
    up.bias = true;
    up.scale = scale;
    up.activation = relu ? Activation::kRelu : Activation::kNone;
    return graph_.Conv(mixed, up, {.residual = &x});
  }

 private:
  Graph& graph_;
  int count_ = 0;
};

constexpr Padding kValid = Padding::kValid;
constexpr PoolSpec kMaxPool = {PoolKind::kMax, 3, 2, kValid};
constexpr PoolSpec kAveragePool = {PoolKind::kAverage, 3, 1, Padding::kSame};

Value Stem(Graph& graph, Builder& b) {
  Value x{.channels = 3};
  x = b.C(x, 32, 3, 3, 2, kValid);
  x = b.C(x, 32, 3, 3, 1, kValid);
  x = graph.Pool(b.C(x, 64, 3), kMaxPool);
  x = b.C(x, 80, 1, 1, 1, kValid);
  return graph.Pool(b.C(x, 192, 3, 3, 1, kValid), kMaxPool);
}

Value Mixed5b(Graph& graph, Builder& b, const Value& x) {
  const Value b0 = b.C(x, 96);
  const Value b1 = b.C(b.C(x, 48), 64, 5);
  const Value b2 = b.C(b.C(b.C(x, 64), 96, 3), 96, 3);
  const Value mixed = graph.Concat({b0, b1, b2, b.C(graph.Pool(x, kAveragePool), 64)});
  graph.Tap("mixed_5b", mixed, Taps::kMultigap);
  return mixed;
}

Value Block35(Builder& b, const Value& x, int i) {
  const Value b0 = b.C(x, 32);
  const Value b1 = b.C(b.C(x, 32), 32, 3);
  const Value b2 = b.C(b.C(b.C(x, 32), 48, 3), 64, 3);
  return b.Block(x, {b0, b1, b2}, fmt::format("block35_{}", i), 0.17, true);
}

Value Mixed6a(Graph& graph, Builder& b, const Value& x) {
  const Value b0 = b.C(x, 384, 3, 3, 2, kValid);
  const Value b1 = b.C(b.C(b.C(x, 256), 256, 3), 384, 3, 3, 2, kValid);
  const Value mixed = graph.Concat({b0, b1, graph.Pool(x, kMaxPool)});
  graph.Tap("mixed_6a", mixed, Taps::kMultigap);
  return mixed;
}

Value Block17(Builder& b, const Value& x, int i) {
  const Value b0 = b.C(x, 192);
  const Value b1 = b.C(b.C(b.C(x, 128), 160, 1, 7), 192, 7, 1);
  return b.Block(x, {b0, b1}, fmt::format("block17_{}", i), 0.1, true);
}

Value Mixed7a(Graph& graph, Builder& b, const Value& x) {
  const Value b0 = b.C(b.C(x, 256), 384, 3, 3, 2, kValid);
  const Value b1 = b.C(b.C(x, 256), 288, 3, 3, 2, kValid);
  const Value b2 = b.C(b.C(b.C(x, 256), 288, 3), 320, 3, 3, 2, kValid);
  const Value mixed = graph.Concat({b0, b1, b2, graph.Pool(x, kMaxPool)});
  graph.Tap("mixed_7a", mixed, Taps::kMultigap);
  return mixed;
}

Value Block8(Builder& b, const Value& x, int i) {
  const Value b0 = b.C(x, 192);
  const Value b1 = b.C(b.C(b.C(x, 192), 224, 1, 3), 256, 3, 1);
  const bool last = i == 10;
  return b.Block(x, {b0, b1}, fmt::format("block8_{}", i), last ? 1.0 : 0.2, !last);
}

Value Build(Graph& graph) {
  Builder b(graph);
  Value x = Mixed5b(graph, b, Stem(graph, b));
  for (int i = 1; i <= 10; ++i) x = Block35(b, x, i);
  x = Mixed6a(graph, b, x);
  for (int i = 1; i <= 20; ++i) x = Block17(b, x, i);
  x = Mixed7a(graph, b, x);
  for (int i = 1; i <= 10; ++i) x = Block8(b, x, i);
  x = b.Named(x, "conv_7b", "conv_7b_bn", 1536, 1, 1, 1, Padding::kSame);
  graph.Tap("conv_7b_ac", x, Taps::kPooled);
  return x;
}

// Keras lists layers by their distance to the output. Within a group, c3 is its convolution 3 and
// b3 that one's batch norm.
std::vector<std::string> FileOrder(const std::vector<ConvSpec>& convs) {
  struct Group {
    int repeats;
    int convolutions;
    const char* order;
  };
  constexpr Group kGroups[] = {{1, 5, "c0 b0 c1 b1 c2 b2 c3 b3 c4 b4"},
                               {1, 7, "c3 b3 c1 c4 b1 b4 c0 c2 c5 c6 b0 b2 b5 b6"},
                               {10, 7, "c3 b3 c1 c4 b1 b4 c0 c2 c5 b0 b2 b5 c6"},
                               {1, 4, "c1 b1 c2 b2 c0 c3 b0 b3"},
                               {20, 5, "c1 b1 c2 b2 c0 c3 b0 b3 c4"},
                               {1, 7, "c4 b4 c0 c2 c5 b0 b2 b5 c1 c3 c6 b1 b3 b6"},
                               {10, 5, "c1 b1 c2 b2 c0 c3 b0 b3 c4"},
                               {1, 1, "c0 b0"}};
  std::vector<std::string> order;
  size_t first = 0;
  for (const Group& group : kGroups) {
    for (int i = 0; i < group.repeats; ++i, first += static_cast<size_t>(group.convolutions)) {
      for (const std::string& word : Split(group.order, ' ')) {
        const ConvSpec& conv = convs.at(first + static_cast<size_t>(word[1] - '0'));
        order.push_back(word[0] == 'c' ? conv.layer : conv.norm_layer);
      }
    }
  }
  for (; first < convs.size(); ++first) order.push_back(convs[first].layer);  // the top
  return order;
}

}  // namespace

Architecture InceptionResnetV2(const std::string& name) {
  Architecture a;
  a.name = name;
  a.build = Build;
  a.minimum_size = 75;
  a.file_order = FileOrder;
  return a;
}

}  // namespace kallos::nn
