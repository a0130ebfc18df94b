#include "data/published_shuffle.h"

#include <bit>

namespace kallos::data {

// Masked rejection: draws of as many bits as `largest` has, until one is not above it.
uint32_t NumpyRandomState::Interval(uint32_t largest) {
  if (largest == 0) return 0;
  const uint32_t mask = UINT32_MAX >> std::countl_zero(largest);
  for (;;) {
    const uint32_t value = static_cast<uint32_t>(engine_()) & mask;
    if (value <= largest) return value;
  }
}

}  // namespace kallos::data
