#include "lib/weights/float_types.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <map>

#include "lib/core/error.h"

namespace kallos::weights {
namespace {

template <typename T>
T At(std::string_view bytes, size_t i) {
  T value;
  std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
  return value;
}

float FromHalf(uint16_t half) {
  const int exponent = half >> 10 & 31;
  const int mantissa = half & 1023;
  const float sign = (half & 0x8000) != 0 ? -1.f : 1.f;
  if (exponent == 31) return mantissa == 0 ? sign * INFINITY : NAN;
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(mantissa), -24);
  return sign * std::ldexp(static_cast<float>(mantissa + 1024), exponent - 25);
}

template <typename T>
std::vector<float> Convert(std::string_view bytes) {
  std::vector<float> out(bytes.size() / sizeof(T));
  for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<float>(At<T>(bytes, i));
  return out;
}

std::vector<float> ConvertHalf(std::string_view bytes, bool brain) {
  std::vector<float> out(bytes.size() / 2);
  for (size_t i = 0; i < out.size(); ++i) {
    const auto bits = At<uint16_t>(bytes, i);
    out[i] = brain ? std::bit_cast<float>(uint32_t{bits} << 16) : FromHalf(bits);
  }
  return out;
}

}  // namespace

std::optional<size_t> DtypeSize(const std::string& dtype) {
  static const std::map<std::string, size_t> sizes = {
      {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"I16", 2}, {"U16", 2}, {"F16", 2}, {"BF16", 2},
      {"I32", 4},  {"U32", 4}, {"F32", 4}, {"F64", 8}, {"I64", 8}, {"U64", 8}};
  const auto found = sizes.find(dtype);
  return found == sizes.end() ? std::nullopt : std::optional<size_t>(found->second);
}

std::string DtypeName(const std::string& dtype) {
  if (dtype == "BOOL") return "bool";
  if (dtype == "BF16") return "bfloat16";
  const char* kind = dtype[0] == 'F' ? "float" : dtype[0] == 'I' ? "int" : "uint";
  return kind + dtype.substr(1);
}

std::vector<float> ToFloats(const std::string& dtype, std::string_view bytes) {
  if (dtype == "F32") return Convert<float>(bytes);
  if (dtype == "F64") return Convert<double>(bytes);
  if (dtype == "F16" || dtype == "BF16") return ConvertHalf(bytes, dtype == "BF16");
  if (dtype == "I8") return Convert<int8_t>(bytes);
  if (dtype == "U8" || dtype == "BOOL") return Convert<uint8_t>(bytes);
  if (dtype == "I16") return Convert<int16_t>(bytes);
  if (dtype == "U16") return Convert<uint16_t>(bytes);
  if (dtype == "I32") return Convert<int32_t>(bytes);
  if (dtype == "U32") return Convert<uint32_t>(bytes);
  if (dtype == "I64") return Convert<int64_t>(bytes);
  if (dtype == "U64") return Convert<uint64_t>(bytes);
  throw BugError("dtype " + dtype);
}

}  // namespace kallos::weights
