// How much memory there is.
#pragma once

#include <cstdint>

namespace kallos {

// Bytes that this process can still take: the least of what the machine has available and what its
// control group (v1 or v2) leaves, or 2^62 where neither can be read.
uint64_t AvailableMemory();

// From now on memory that is freed stays with the process and is used again, up to a gigabyte at
// the top. Otherwise the C library gives every large block back at once and the machine hands out
// fresh pages for the next, which costs more than most of what is done with them, above all on
// virtual machines.
void KeepFreedMemory();

}  // namespace kallos
