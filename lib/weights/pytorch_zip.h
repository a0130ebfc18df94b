// PyTorch state dicts: the .pt and .pth files that torch.save writes since PyTorch 1.6.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/weights/tensor.h"

namespace kallos::weights {

// The tensors of the dictionary, or of its entry "state_dict", "model_state_dict" or "model", in
// file order, row-major whatever their strides; a prefix "module." that all share is removed.
// Nothing of the pickle is run. Throws InputError for anything malformed or outside the form of a
// state dict.
std::vector<Tensor> ParsePytorchZip(std::string_view bytes, const std::string& file,
                                    bool with_values);

}  // namespace kallos::weights
