// Files of named tensors: Keras HDF5, safetensors, PyTorch state dicts. No LibTorch needed.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "lib/weights/tensor.h"

namespace kallos::weights {

enum class FileFormat { kKerasHdf5, kSafetensors, kPytorch };

struct TensorFile {
  std::filesystem::path path;
  FileFormat format;
  std::string sha256;           // of the whole file
  std::string producer;         // "keras 2.0.8", "pytorch", safetensors' metadata; for messages
  std::vector<Tensor> tensors;  // in file order: for Keras that of layer_names and weight_names
};

std::string FormatName(FileFormat format);  // "Keras HDF5"

// Throws InputError (never crashes, never allocates more than a small multiple of the file's size)
// on anything malformed.
TensorFile ReadTensorFile(const std::filesystem::path& path);
// Names, types and shapes only.
TensorFile ReadTensorIndex(const std::filesystem::path& path);

}  // namespace kallos::weights
