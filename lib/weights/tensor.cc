#include "lib/weights/tensor.h"

#include <utility>

#include "lib/core/error.h"

namespace kallos::weights {

std::string DtypeName(Dtype dtype) {
  switch (dtype) {
    case Dtype::kFloat32:
      return "float32";
    case Dtype::kFloat16:
      return "float16";
    case Dtype::kBfloat16:
      return "bfloat16";
    case Dtype::kFloat64:
      return "float64";
    case Dtype::kInt64:
      return "int64";
    case Dtype::kInt32:
      return "int32";
    case Dtype::kInt16:
      return "int16";
    case Dtype::kInt8:
      return "int8";
    case Dtype::kUint64:
      return "uint64";
    case Dtype::kUint32:
      return "uint32";
    case Dtype::kUint16:
      return "uint16";
    case Dtype::kUint8:
      return "uint8";
    case Dtype::kBool:
      return "bool";
  }
  throw BugError("dtype");
}

size_t DtypeSize(Dtype dtype) {
  switch (dtype) {
    case Dtype::kFloat64:
    case Dtype::kInt64:
    case Dtype::kUint64:
      return 8;
    case Dtype::kFloat32:
    case Dtype::kInt32:
    case Dtype::kUint32:
      return 4;
    case Dtype::kFloat16:
    case Dtype::kBfloat16:
    case Dtype::kInt16:
    case Dtype::kUint16:
      return 2;
    case Dtype::kInt8:
    case Dtype::kUint8:
    case Dtype::kBool:
      return 1;
  }
  throw BugError("dtype");
}

bool IsFloatingPoint(Dtype dtype) {
  return dtype == Dtype::kFloat32 || dtype == Dtype::kFloat16 || dtype == Dtype::kBfloat16 ||
         dtype == Dtype::kFloat64;
}

std::vector<float> Tensor::Floats() const {
  return IsFloatingPoint(dtype) ? values : std::vector<float>(integers.begin(), integers.end());
}

Tensor FloatTensor(const std::string& name, std::vector<int64_t> shape, std::vector<float> values) {
  return {name, "", Dtype::kFloat32, std::move(shape), std::move(values)};
}

Tensor IntegerTensor(const std::string& name, std::vector<int64_t> integers) {
  const int64_t count = integers.size();
  return {name, "", Dtype::kInt64, {count}, {}, std::move(integers)};
}

}  // namespace kallos::weights
