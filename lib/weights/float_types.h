// Numbers of weight files as float32.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kallos::weights {

// Bytes per number of a safetensors dtype ("F32", "BF16", "I64", ...), or nothing.
std::optional<size_t> DtypeSize(const std::string& dtype);
// "float32" for "F32", as HDF5 and NumPy call it.
std::string DtypeName(const std::string& dtype);
// `bytes` little-endian, a whole number of items.
std::vector<float> ToFloats(const std::string& dtype, std::string_view bytes);

}  // namespace kallos::weights
