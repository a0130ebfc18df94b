// safetensors: a strict reader and a writer. Rules of the reference parser
// (huggingface/safetensors, tensor.rs).
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lib/weights/tensor.h"

namespace kallos::weights {

// Throws InputError naming file and tensor: header length out of bounds, not JSON, duplicate keys,
// unknown dtype, a shape whose product overflows or disagrees with the byte range, overlap, hole,
// trailing bytes.
std::vector<Tensor> ParseSafetensors(std::string_view bytes, const std::string& file,
                                     bool with_values,
                                     std::map<std::string, std::string>* metadata = nullptr);

// Each tensor in its dtype, sorted by name; equal content gives equal bytes. Published atomically.
void WriteSafetensors(const std::filesystem::path& path, const std::vector<Tensor>& tensors,
                      const std::map<std::string, std::string>& metadata = {});

}  // namespace kallos::weights
