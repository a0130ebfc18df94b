// The networks by name. To add one: a .cc with its function, and its line in architectures.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "lib/nn/backbone.h"
#include "lib/nn/graph.h"

namespace kallos::nn {

// Layer names: each convolution, then its batch norm.
std::vector<std::string> ConstructionOrder(const std::vector<ConvSpec>& convs);

// What is known of a network besides its weights.
struct Architecture {
  std::string name;
  std::function<Value(Graph&)> build;  // the body; returns the last map
  Scaling scaling = Scaling::kUnit;
  int minimum_size = 32;  // smallest height and width of a picture
  // The order of layers (convolutions and batch norms) in a Keras file, given the convolutions in
  // construction order.
  std::function<std::vector<std::string>(const std::vector<ConvSpec>&)> file_order =
      ConstructionOrder;

  // The dense layer `top` with `outputs` numbers, on the average of the last map behind dropout;
  // none where `outputs` is 0.
  std::string top = "predictions";
  int64_t outputs = 0;
  double dropout = 0;
  std::function<Value(Graph&, const Value& average, double rate)> drop =
      [](Graph& graph, const Value& average, double rate) { return graph.Dropout(average, rate); };
};

// With a top if `outputs` is above 0. Throws UsageError with the nearest name.
Architecture FindArchitecture(const std::string& name, int64_t outputs = 0);

// The body, and the top if there is one: what every run of an architecture calls.
void BuildNetwork(Graph& graph, const Architecture& architecture);

}  // namespace kallos::nn
