#include "lib/nn/graph.h"

#include <algorithm>
#include <utility>

#include "lib/core/error.h"

namespace kallos::nn {
namespace {

// Rows before and after a map of `size` rows, of which one value sees `reach`. Keras's "same":
// with out = ceil(size / stride), (out - 1) * stride + reach - size rows are missing; half of them,
// rounded down, come before.
std::pair<int64_t, int64_t> AlongOneAxis(Padding padding, int64_t size, int64_t reach,
                                         int64_t stride) {
  switch (padding) {
    case Padding::kValid:
      return {0, 0};
    case Padding::kSymmetric:
      return {(reach - 1) / 2, (reach - 1) / 2};
    case Padding::kSame: {
      const int64_t out = (size + stride - 1) / stride;
      const int64_t missing = std::max<int64_t>((out - 1) * stride + reach - size, 0);
      return {missing / 2, missing - missing / 2};
    }
  }
  throw BugError("padding");
}

}  // namespace

Margins MarginsOf(const ConvSpec& spec, int64_t height, int64_t width) {
  const auto [top, bottom] = AlongOneAxis(spec.padding, height, spec.ReachHeight(), spec.stride);
  const auto [left, right] = AlongOneAxis(spec.padding, width, spec.ReachWidth(), spec.stride);
  return {top, bottom, left, right};
}

PoolWindow WindowOf(const PoolSpec& spec, int64_t height, int64_t width) {
  const auto [top, bottom] = AlongOneAxis(spec.padding, height, spec.size, spec.stride);
  const auto [left, right] = AlongOneAxis(spec.padding, width, spec.size, spec.stride);
  KALLOS_CHECK((top == bottom && left == right) || spec.stride > 1,
               "a 'same' pool of even size needs a stride above 1");
  return {{spec.size, spec.size},
          {spec.stride, spec.stride},
          {top, left},
          spec.padding == Padding::kSame && spec.stride > 1};
}

Value Graph::Shuffle(const Value& x) {
  const int64_t half = x.channels / 2;
  std::vector<Value> channels;
  for (int64_t i = 0; i < half; ++i) {
    channels.push_back(Channels(x, i, 1));
    channels.push_back(Channels(x, half + i, 1));
  }
  return Concat(channels);
}

}  // namespace kallos::nn
