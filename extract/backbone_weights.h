// What kallos-weights asks of the backbones.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/weights/tensor_file.h"

namespace kallos::extract {

// The backbones whose parameters the file holds, judged by names and shapes. Nothing in a build
// without LibTorch, where nobody knows the backbones.
std::optional<std::vector<std::string>> FittingBackbones(const weights::TensorFile& file);

struct BackboneTensors {
  std::string convention;  // how they were found: "the order of layers in a Keras file"
  std::vector<weights::Tensor> tensors;  // by our own names
};

// Throws InputError that lists everything that does not fit, UsageError for an unknown backbone,
// EnvironmentError in a build without LibTorch.
BackboneTensors TakeBackbone(const weights::TensorFile& file, const std::string& backbone);

}  // namespace kallos::extract
