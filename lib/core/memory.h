// How much memory there is.
#pragma once

#include <cstdint>

namespace kallos {

// Bytes that this process can still take: the least of what the machine has available and what its control group (v1
// or v2) leaves, or 2^62 where neither can be read.
uint64_t AvailableMemory();

}  // namespace kallos
