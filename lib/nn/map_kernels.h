// Passes over maps [1, C, H, W] in channels-last order that no library has in the form needed.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace kallos::nn {

// Mean over height and width, float32 [1, C]; of a float32 or bfloat16 map.
at::Tensor AverageMap(const at::Tensor& x);

// out[i] = values[i] * gate[channel[i]]; gate [1, C, 1, 1]; `out` has the gate's type, float32 or
// bfloat16.
void GateWeights(const std::vector<float>& values, const std::vector<uint16_t>& channel,
                 const at::Tensor& gate, void* out);

}  // namespace kallos::nn
