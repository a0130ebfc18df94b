// The numbers of tensors from and to the little-endian bytes of files.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lib/weights/tensor.h"

namespace kallos::weights {

// safetensors' names of dtypes: "F32", "BF16", "I64", ...
std::string DtypeCode(Dtype dtype);
std::optional<Dtype> DtypeOfCode(const std::string& code);

// Fills in the numbers of `tensor` from `bytes`, a whole number of items of its dtype. Throws
// InputError beginning with `where` for a uint64 beyond int64.
void SetNumbers(std::string_view bytes, const std::string& where, Tensor& tensor);

// The numbers as its dtype has them; float32 is rounded to the nearest float16 or bfloat16.
std::string BytesOf(const Tensor& tensor);

}  // namespace kallos::weights
