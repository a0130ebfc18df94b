#include "lib/weights/tensor_bytes.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <map>

#include "lib/core/error.h"
#include "lib/core/half.h"

namespace kallos::weights {
namespace {

// bfloat16 is the upper half of float32.
float FromBfloat16(uint16_t bits) {
  return std::bit_cast<float>(uint32_t{bits} << 16);
}

// To the nearest, ties to even: the lower half of the bits rounds up above 0x8000, and at 0x8000
// where the last bit that is kept, bits >> 16 & 1, is 1.
uint16_t ToBfloat16(float value) {
  if (std::isnan(value)) return 0x7FC0;
  const auto bits = std::bit_cast<uint32_t>(value);
  return static_cast<uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

// to[i] = convert(the i-th number of type T in `bytes`).
template <typename T, typename To, typename Convert>
void Read(std::string_view bytes, std::vector<To>& to, const Convert& convert) {
  to.resize(bytes.size() / sizeof(T));
  for (size_t i = 0; i < to.size(); ++i) {
    T number;
    std::memcpy(&number, bytes.data() + i * sizeof(T), sizeof(T));
    to[i] = convert(number);
  }
}

template <typename T, typename To>
void Read(std::string_view bytes, std::vector<To>& to) {
  Read<T>(bytes, to, [](T number) { return static_cast<To>(number); });
}

template <typename T, typename From, typename Convert>
std::string Written(const std::vector<From>& from, const Convert& convert) {
  std::string bytes(from.size() * sizeof(T), '\0');
  for (size_t i = 0; i < from.size(); ++i) {
    const T number = convert(from[i]);
    std::memcpy(bytes.data() + i * sizeof(T), &number, sizeof(T));
  }
  return bytes;
}

template <typename T, typename From>
std::string Written(const std::vector<From>& from) {
  return Written<T>(from, [](From number) { return static_cast<T>(number); });
}

const std::map<std::string, Dtype>& Codes() {
  static const std::map<std::string, Dtype> codes = {
      {"F32", Dtype::kFloat32}, {"F16", Dtype::kFloat16}, {"BF16", Dtype::kBfloat16},
      {"F64", Dtype::kFloat64}, {"I64", Dtype::kInt64},   {"I32", Dtype::kInt32},
      {"I16", Dtype::kInt16},   {"I8", Dtype::kInt8},     {"U64", Dtype::kUint64},
      {"U32", Dtype::kUint32},  {"U16", Dtype::kUint16},  {"U8", Dtype::kUint8},
      {"BOOL", Dtype::kBool}};
  return codes;
}

}  // namespace

std::string DtypeCode(Dtype dtype) {
  for (const auto& [code, of] : Codes()) {
    if (of == dtype) return code;
  }
  throw BugError("dtype");
}

std::optional<Dtype> DtypeOfCode(const std::string& code) {
  const auto found = Codes().find(code);
  return found == Codes().end() ? std::nullopt : std::optional(found->second);
}

void SetNumbers(std::string_view bytes, const std::string& where, Tensor& tensor) {
  switch (tensor.dtype) {
    case Dtype::kFloat32:
      return Read<float>(bytes, tensor.values);
    case Dtype::kFloat16:
      return Read<uint16_t>(bytes, tensor.values, HalfToFloat);
    case Dtype::kBfloat16:
      return Read<uint16_t>(bytes, tensor.values, FromBfloat16);
    case Dtype::kFloat64:
      return Read<double>(bytes, tensor.values);
    case Dtype::kInt64:
      return Read<int64_t>(bytes, tensor.integers);
    case Dtype::kInt32:
      return Read<int32_t>(bytes, tensor.integers);
    case Dtype::kInt16:
      return Read<int16_t>(bytes, tensor.integers);
    case Dtype::kInt8:
      return Read<int8_t>(bytes, tensor.integers);
    case Dtype::kUint64:
      return Read<uint64_t>(bytes, tensor.integers, [&](uint64_t number) {
        if (number > INT64_MAX) throw InputError("{}: {} is beyond int64", where, number);
        return static_cast<int64_t>(number);
      });
    case Dtype::kUint32:
      return Read<uint32_t>(bytes, tensor.integers);
    case Dtype::kUint16:
      return Read<uint16_t>(bytes, tensor.integers);
    case Dtype::kUint8:
    case Dtype::kBool:
      return Read<uint8_t>(bytes, tensor.integers);
  }
  throw BugError("dtype");
}

std::string BytesOf(const Tensor& tensor) {
  switch (tensor.dtype) {
    case Dtype::kFloat32:
      return Written<float>(tensor.values);
    case Dtype::kFloat16:
      return Written<uint16_t>(tensor.values, FloatToHalf);
    case Dtype::kBfloat16:
      return Written<uint16_t>(tensor.values, ToBfloat16);
    case Dtype::kFloat64:
      return Written<double>(tensor.values);
    case Dtype::kInt64:
    case Dtype::kUint64:
      return Written<int64_t>(tensor.integers);
    case Dtype::kInt32:
    case Dtype::kUint32:
      return Written<int32_t>(tensor.integers);
    case Dtype::kInt16:
    case Dtype::kUint16:
      return Written<int16_t>(tensor.integers);
    case Dtype::kInt8:
    case Dtype::kUint8:
    case Dtype::kBool:
      return Written<int8_t>(tensor.integers);
  }
  throw BugError("dtype");
}

}  // namespace kallos::weights
