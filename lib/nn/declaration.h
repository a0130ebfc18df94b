// Runs an architecture's function to list what it needs; computes nothing.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lib/nn/graph.h"

namespace kallos::nn {

class Declaration : public Graph {
 public:
  Value Conv(const Value& x, ConvSpec spec, const ConvEpilogue& epilogue) override;
  Value Pool(const Value& x, const PoolSpec&) override { return x; }
  Value Concat(const std::vector<Value>& parts) override;
  Value Channels(const Value& x, int64_t first, int64_t count) override;
  Value Shuffle(const Value& x) override { return x; }
  Value Mean(const Value& x) override { return x; }
  Value Dropout(const Value& x, double, bool) override { return x; }
  void Tap(const std::string& layer, const Value& x, Taps kind) override;

  std::vector<ConvSpec> convs;  // in the order in which every run of the function makes them
  std::map<Taps, std::vector<nn::Tap>> taps;
};

}  // namespace kallos::nn
