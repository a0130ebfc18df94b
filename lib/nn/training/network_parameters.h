// The parameters of a network in training: tensors in the layout that it computes with, known by
// our names.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <vector>

#include "lib/nn/layout.h"

namespace kallos::nn {

// Name ("block1/unit0/conv1/kernel") -> float32 tensor: kernels [out, in, height, width] channels
// last (depthwise [channels, 1, height, width], dense [out, in, 1, 1]), everything else [n].
using NamedTensors = std::map<std::string, at::Tensor>;

// From and to Keras's shapes, as lib/nn/layout.h describes them.
NamedTensors TensorsOf(const std::vector<ParameterLayer>& layers, const ParameterValues& values,
                       const at::Device& device);
ParameterValues ValuesOf(const std::vector<ParameterLayer>& layers, const NamedTensors& tensors);

// Moving statistics are parameters that no gradient changes.
bool IsMovingStatistic(const std::string& name);

}  // namespace kallos::nn
