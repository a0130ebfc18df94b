// The parameters of an architecture: their names and shapes in Keras's convention, and their values by order or by
// name.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "lib/nn/graph.h"
#include "lib/weights/tensor_file.h"

namespace kallos::nn {

// One layer that has weights: "conv2d_3" with {"kernel"}, or "batch_normalization_3" with {"beta", "moving_mean", ...}.
struct ParameterLayer {
  std::string name;
  std::vector<std::string> weights;          // in Keras's order
  std::vector<std::vector<int64_t>> shapes;  // Keras's: HWIO, depthwise HWC1
};

// All layers with weights, in the order of a Keras file.
std::vector<ParameterLayer> ParameterLayers(const Architecture& architecture, const std::vector<ConvSpec>& convs);

// "layer/weight" -> values, row-major in Keras's shape.
using ParameterValues = std::map<std::string, std::vector<float>>;

// From a Keras file by order (names differ between processes), from safetensors by our own names "layer/weight".
// Throws one InputError that lists every missing, unexpected or mis-shaped tensor, and any that holds NaN or infinity.
ParameterValues TakeParameters(const std::vector<ParameterLayer>& layers, const weights::TensorFile& file,
                               const std::string& architecture);

// Untrained: He-normal kernels (truncated, as Keras draws them), batch norms as identity; streams named by layer.
ParameterValues RandomParameters(const std::vector<ParameterLayer>& layers, uint64_t seed);

}  // namespace kallos::nn
