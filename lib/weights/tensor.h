// A named array of numbers, as weight files and checkpoints hold it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace kallos::weights {

// The types of numbers that files hold.
enum class Dtype {
  kFloat32,
  kFloat16,
  kBfloat16,
  kFloat64,
  kInt64,
  kInt32,
  kInt16,
  kInt8,
  kUint64,
  kUint32,
  kUint16,
  kUint8,
  kBool
};

std::string DtypeName(Dtype dtype);  // as NumPy calls it: "float32", "bfloat16", "bool"
size_t DtypeSize(Dtype dtype);       // bytes of one number
bool IsFloatingPoint(Dtype dtype);

// The numbers, row-major, lie in the one vector that fits the dtype: floating-point numbers of any
// width as float32 (float16 and bfloat16 are exact, float64 is rounded), whole numbers as int64.
// Both are empty in an index, which has names and shapes only.
struct Tensor {
  std::string name;   // as the file has it: "conv2d_3/kernel:0", "blocks.0.0.conv_dw.weight"
  std::string layer;  // Keras: the layer's name; else ""
  Dtype dtype = Dtype::kFloat32;       // as stored in the file
  std::vector<int64_t> shape;          // in the file's convention (Keras: HWIO; PyTorch: OIHW)
  std::vector<float> values;           // of a floating-point dtype
  std::vector<int64_t> integers = {};  // of any other

  // The numbers as float32, whatever the dtype.
  std::vector<float> Floats() const;
};

// A tensor of dtype float32.
Tensor FloatTensor(const std::string& name, std::vector<int64_t> shape, std::vector<float> values);
// A vector of dtype int64: counters.
Tensor IntegerTensor(const std::string& name, std::vector<int64_t> integers);

}  // namespace kallos::weights
