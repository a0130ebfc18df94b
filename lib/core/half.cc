#include "lib/core/half.h"

#include <bit>
#include <cmath>

namespace kallos {

uint16_t FloatToHalf(float value) {
  constexpr uint32_t kInfinity = 0x7F800000;
  constexpr uint32_t kTooLarge = 0x47800000;        // 65536
  constexpr uint32_t kSmallestNormal = 0x38800000;  // 2^-14
  uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = bits >> 16 & 0x8000;
  bits &= 0x7FFFFFFF;
  uint32_t half = 0;
  if (bits > kInfinity) {
    half = 0x7E00;
  } else if (bits >= kTooLarge) {
    half = 0x7C00;
  } else if (bits < kSmallestNormal) {
    // The unit in the last place of 0.5 is the smallest subnormal half, so that the addition rounds
    // as wanted.
    half =
        std::bit_cast<uint32_t>(std::bit_cast<float>(bits) + 0.5f) - std::bit_cast<uint32_t>(0.5f);
  } else {
    half = (bits - (112u << 23) + 0xFFF + (bits >> 13 & 1)) >> 13;
  }
  return static_cast<uint16_t>(sign | half);
}

float HalfToFloat(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
  const uint32_t exponent = half >> 10 & 0x1F;
  const uint32_t mantissa = half & 0x3FF;
  if (exponent == 0) {
    const float magnitude = std::ldexp(static_cast<float>(mantissa), -24);
    return std::bit_cast<float>(std::bit_cast<uint32_t>(magnitude) | sign);
  }
  const uint32_t wide = exponent == 31 ? 255 : exponent + 112;
  return std::bit_cast<float>(sign | wide << 23 | mantissa << 13);
}

}  // namespace kallos
