#include "lib/nn/declaration.h"

#include "lib/core/error.h"

namespace kallos::nn {

Value Declaration::Conv(const Value& x, ConvSpec spec, const ConvEpilogue& epilogue) {
  spec.in = x.channels;
  if (spec.depthwise) spec.out = x.channels;
  KALLOS_CHECK(epilogue.gate == nullptr || epilogue.gate->channels == x.channels);
  KALLOS_CHECK(epilogue.residual == nullptr || epilogue.residual->channels == spec.out);
  convs.push_back(spec);
  return {.channels = spec.out};
}

Value Declaration::Concat(const std::vector<Value>& parts) {
  Value all;
  for (const Value& part : parts) all.channels += part.channels;
  return all;
}

Value Declaration::Channels(const Value& x, int64_t first, int64_t count) {
  KALLOS_CHECK(first >= 0 && count > 0 && first + count <= x.channels);
  return {.channels = count};
}

void Declaration::Tap(const std::string& layer, const Value& x, Taps kind) {
  std::vector<nn::Tap>& list = taps[kind];
  const int64_t offset = list.empty() ? 0 : list.back().offset + list.back().channels;
  list.push_back({layer, x.channels, offset});
}

}  // namespace kallos::nn
