// The parameters of a backbone as Keras names, shapes and orders them. No LibTorch type in this
// header.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace kallos::nn {

// One layer that has weights: "conv2d_3" with {"kernel"}, or "batch_normalization_3" with {"beta",
// "moving_mean", ...}.
struct ParameterLayer {
  std::string name;
  std::vector<std::string> weights;          // in Keras's order
  std::vector<std::vector<int64_t>> shapes;  // Keras's: HWIO, depthwise HWC1, dense [in, out]
};

// All layers with weights, in the order of a Keras file. EfficientNet's input normalisation, which
// some generations of files hold, is not among them: (x - mean) / std belongs to the scaling of the
// input (Scaling::kImagenet). With the dense layer at its top if `outputs` is above 0. Throws
// UsageError for an unknown backbone.
std::vector<ParameterLayer> KerasLayout(const std::string& backbone, int64_t outputs = 0);

// "layer/weight" -> values, row-major in Keras's shape. A batch norm of InceptionResNetV2, which
// has no gamma in Keras, may be given one ("conv_7b_bn/gamma"), as other frameworks' files do.
using ParameterValues = std::map<std::string, std::vector<float>>;

// Untrained: He-normal kernels (truncated, as Keras draws them), batch norms as identity; streams
// named by layer.
ParameterValues RandomParameters(const std::vector<ParameterLayer>& layers, uint64_t seed);

}  // namespace kallos::nn
