// From the tensors of a weight file to the parameters of a backbone.
#pragma once

#include <string>
#include <vector>

#include "lib/nn/layout.h"
#include "lib/weights/tensor_file.h"

namespace kallos::nn {

// From a Keras file by order (names differ between processes), from safetensors by our own names "layer/weight".
// Throws one InputError that lists every missing, unexpected or mis-shaped tensor, and any that holds NaN or infinity.
ParameterValues TakeParameters(const std::vector<ParameterLayer>& layers, const weights::TensorFile& file,
                               const std::string& backbone);

}  // namespace kallos::nn
