// The compression function of SHA-256, in two ways that agree. Only hash.cc uses it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace kallos {

using Sha256State = std::array<uint32_t, 8>;

// Takes `count` blocks of 64 bytes into the state (FIPS 180-4, section 6.2.2), by the fastest way
// that the CPU has.
void CompressSha256(Sha256State& state, const uint8_t* blocks, size_t count);

// On any CPU.
void CompressSha256Portably(Sha256State& state, const uint8_t* blocks, size_t count);

// Whether the CPU has instructions for it, as x86 CPUs have had since about 2017.
bool HasSha256Instructions();

}  // namespace kallos
