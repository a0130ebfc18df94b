// Keras 2's HDF5 weight files: groups by layer, in the order of the attribute layer_names.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "lib/weights/tensor.h"

namespace kallos::weights {

// Tensors in the order of layer_names and weight_names. Whole-model files (under /model_weights)
// too. Throws InputError for anything malformed, and for Keras 3's own .weights.h5 layout.
std::vector<Tensor> ReadKerasHdf5(const std::filesystem::path& path, bool with_values,
                                  std::string* producer);

}  // namespace kallos::weights
