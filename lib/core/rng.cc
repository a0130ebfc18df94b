#include "lib/core/rng.h"

#include <cmath>
#include <numbers>

#include "lib/core/error.h"
#include "lib/core/hash.h"

namespace kallos {
namespace {

// The finaliser of splitmix64: spreads every input bit over the whole word.
uint64_t Mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

}  // namespace

std::array<uint32_t, 4> Philox4x32(std::array<uint32_t, 4> c, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t product0 = uint64_t{0xD2511F53} * c[0];
    const uint64_t product1 = uint64_t{0xCD9E8D57} * c[2];
    c = {static_cast<uint32_t>(product1 >> 32) ^ c[1] ^ key[0], static_cast<uint32_t>(product1),
         static_cast<uint32_t>(product0 >> 32) ^ c[3] ^ key[1], static_cast<uint32_t>(product0)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return c;
}

// The key holds seed, name and the second index, hashed; the counter holds the block number and the
// first index.
Stream::Stream(uint64_t seed, std::string_view name, uint64_t index0, uint64_t index1)
    : index0_(index0) {
  const uint64_t key =
      Mix(Mix(seed + 0x9e3779b97f4a7c15u) ^ Fnv1a64(name)) ^ Mix(index1 + 0x632be59bd9b4e019u);
  key_ = {static_cast<uint32_t>(key), static_cast<uint32_t>(key >> 32)};
}

uint32_t Stream::Next32() {
  if (used_ == 4) {
    buffer_ = Philox4x32({static_cast<uint32_t>(block_), static_cast<uint32_t>(block_ >> 32),
                          static_cast<uint32_t>(index0_), static_cast<uint32_t>(index0_ >> 32)},
                         key_);
    ++block_;
    used_ = 0;
  }
  return buffer_[static_cast<size_t>(used_++)];
}

uint64_t Stream::Next64() {
  const uint64_t high = Next32();
  return high << 32 | Next32();
}

double Stream::Uniform() {
  return static_cast<double>(Next64() >> 11) * 0x1.0p-53;
}

double Stream::Uniform(double low, double high) {
  return low + (high - low) * Uniform();
}

uint64_t Stream::Below(uint64_t bound) {
  KALLOS_CHECK(bound > 0);
  // 2^64 mod bound: that many values would be favoured.
  const uint64_t reject = (0 - bound) % bound;
  uint64_t draw = Next64();
  while (draw < reject) draw = Next64();
  return draw % bound;
}

double Stream::Normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - Uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * Uniform());
}

double Stream::TruncatedNormal() {
  double value = Normal();
  while (std::abs(value) > 2.0) value = Normal();
  return value;
}

}  // namespace kallos
