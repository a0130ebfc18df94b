// Operations of the graph against what their definitions say.
#include "lib/nn/graph.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "lib/nn/torch_execution.h"

namespace kallos::nn {
namespace {

at::Tensor Map(int64_t channels, int64_t height, int64_t width) {
  return at::arange(channels * height * width, at::kFloat)
      .mul(0.37)
      .sin()
      .view({1, channels, height, width})
      .contiguous(at::MemoryFormat::ChannelsLast);
}

// One value of a pool, by its definition: Keras's "same" output has ceil(size / stride) values, and
// half of the missing rows, rounded down, lie before the map.
float PoolAt(const at::Tensor& x, const PoolSpec& spec, int64_t row, int64_t column) {
  const auto before = [&](int64_t size) -> int64_t {
    if (spec.padding == Padding::kValid) return 0;
    if (spec.padding == Padding::kSymmetric) return (spec.size - 1) / 2;
    const int64_t out = (size + spec.stride - 1) / spec.stride;
    return std::max<int64_t>((out - 1) * spec.stride + spec.size - size, 0) / 2;
  };
  const int64_t top = row * spec.stride - before(x.size(2));
  const int64_t left = column * spec.stride - before(x.size(3));
  double sum = 0, largest = -INFINITY;
  int64_t inside = 0;
  for (int64_t i = std::max<int64_t>(top, 0); i < std::min(top + spec.size, x.size(2)); ++i) {
    for (int64_t j = std::max<int64_t>(left, 0); j < std::min(left + spec.size, x.size(3)); ++j) {
      const double value = x[0][0][i][j].item<float>();
      sum += value;
      largest = std::max(largest, value);
      ++inside;
    }
  }
  if (spec.kind == PoolKind::kMax) return static_cast<float>(largest);
  const int64_t count = spec.count_padding ? spec.size * spec.size : inside;
  return static_cast<float>(sum / static_cast<double>(count));
}

TEST(Graph, PoolsAreWhatTheyAreDefinedAs) {
  const std::vector<FoldedConv> none;
  TorchExecution execution(none, {}, Taps::kPooled);
  for (const PoolSpec& spec : {PoolSpec{PoolKind::kMax, 3, 2, Padding::kSame},
                               PoolSpec{PoolKind::kMax, 3, 2, Padding::kSymmetric},
                               PoolSpec{PoolKind::kMax, 2, 2, Padding::kValid},
                               PoolSpec{PoolKind::kAverage, 3, 1, Padding::kSame},
                               PoolSpec{PoolKind::kAverage, 3, 2, Padding::kSame},
                               PoolSpec{PoolKind::kAverage, 3, 1, Padding::kSame, true},
                               PoolSpec{PoolKind::kAverage, 5, 3, Padding::kValid}}) {
    for (const int64_t height : {9, 10}) {
      const at::Tensor x = Map(1, height, 11);
      const at::Tensor y = execution.Pool({1, x}, spec).tensor;
      if (spec.padding == Padding::kSame) {
        EXPECT_EQ(y.size(2), (height + spec.stride - 1) / spec.stride);
      }
      for (int64_t i = 0; i < y.size(2); ++i) {
        for (int64_t j = 0; j < y.size(3); ++j)
          EXPECT_NEAR(y[0][0][i][j].item<float>(), PoolAt(x, spec, i, j), 1e-6);
      }
    }
  }
}

TEST(Graph, TheComposedShuffleIsThatOfOnePass) {
  const std::vector<FoldedConv> none;
  TorchExecution execution(none, {}, Taps::kPooled);
  const Value x{6, Map(6, 4, 5)};
  const Value composed = execution.Graph::Shuffle(x);
  EXPECT_EQ(composed.channels, 6);
  EXPECT_TRUE(at::equal(composed.tensor, execution.Shuffle(x).tensor));
  EXPECT_TRUE(at::equal(composed.tensor.select(1, 1), x.tensor.select(1, 3)));
}

}  // namespace
}  // namespace kallos::nn
