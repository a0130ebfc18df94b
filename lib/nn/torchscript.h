// Networks as TorchScript: files that PyTorch and LibTorch, on telephones too, run without any code
// of ours.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "lib/core/matrix.h"
#include "lib/nn/backbone.h"

namespace kallos::nn {

// A dense layer behind the network: relu(x kernel + bias) * scale + shift, or without `scale` x
// kernel + bias.
struct ScriptLayer {
  Matrix<float> kernel;  // in x out
  std::vector<float> bias, scale, shift;
};

// What turns features into the probability of class 1: the last layer has 2 outputs, whose
// difference is divided by the temperature before the sigmoid.
struct ScriptHead {
  std::vector<ScriptLayer> layers;
  double temperature = 1;
};

// Publishes a network with batch norms folded, float32, at `path` ("student.pt"). Both methods take
// RGB pictures of any size that the network takes, float32 [N, 3, height, width], 0..255 (the
// scaling is inside): `features` returns what Backbone::Extract does, [N, dimension]; `forward` the
// head's probabilities [N], or without a head the features. Names of the parameters: "w0", "b0",
// "w1", ... in order of computation, "head_w0", ... Throws InputError if `file` does not hold the
// network's weights.
void WriteTorchScript(const std::filesystem::path& path, const std::string& backbone,
                      const weights::TensorFile& file, Taps taps, Scaling scaling,
                      int64_t outputs = 0, const ScriptHead& head = {});

}  // namespace kallos::nn
