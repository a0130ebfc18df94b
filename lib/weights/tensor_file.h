// Files of named tensors: Keras HDF5, safetensors, PyTorch state dicts. No LibTorch needed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace kallos::weights {

enum class FileFormat { kKerasHdf5, kSafetensors, kPytorch };

struct Tensor {
  std::string name;   // as the file has it: "conv2d_3/kernel:0", "blocks.0.0.conv_dw.weight"
  std::string layer;  // Keras: the layer's name; else ""
  std::string dtype;  // as stored: "float32", "bfloat16", "int64", ...
  std::vector<int64_t> shape;  // in the file's own convention (Keras: HWIO; PyTorch: OIHW)
  std::vector<float> values;   // converted to float32, row-major; empty in an index
};

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
