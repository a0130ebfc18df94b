// IEEE 754 binary16, half precision.
#pragma once

#include <cstdint>

namespace kallos {

// Rounds to nearest, ties to even; beyond 65504 gives infinity.
uint16_t FloatToHalf(float value);
float HalfToFloat(uint16_t half);  // exact

}  // namespace kallos
