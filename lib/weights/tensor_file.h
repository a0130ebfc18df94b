// Files of named tensors: Keras HDF5 and safetensors. No LibTorch needed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace kallos::weights {

enum class FileFormat { kKerasHdf5, kSafetensors };

struct Tensor {
  std::string name;            // as the file has it: "conv2d_3/kernel:0", "blocks.0.0.conv_dw.weight"
  std::string layer;           // Keras: the layer's name; else ""
  std::string dtype;           // "float32", "int64", ...
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

// Throws InputError (never crashes, never allocates more than the file's size plus a bound) on anything malformed.
TensorFile ReadTensorFile(const std::filesystem::path& path);
// Names, types and shapes only.
TensorFile ReadTensorIndex(const std::filesystem::path& path);

}  // namespace kallos::weights
