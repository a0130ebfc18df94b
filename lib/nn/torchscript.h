// Networks as TorchScript: files that PyTorch and LibTorch, on telephones too, run without any code of ours.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "lib/nn/backbone.h"

namespace kallos::nn {

// Publishes a network with batch norms folded, float32, at `path` ("student.pt"). Its forward takes RGB pictures of any
// size that the network takes, float32 [N, 3, height, width], 0..255 (the scaling is inside), and returns what
// Backbone::Extract does, [N, dimension]. Names of the parameters: "w0", "b0", "w1", ... in order of computation.
// Throws InputError if `file` does not hold the network's weights.
void WriteTorchScript(const std::filesystem::path& path, const std::string& backbone, const weights::TensorFile& file,
                      Taps taps, Scaling scaling, int64_t outputs = 0);

}  // namespace kallos::nn
