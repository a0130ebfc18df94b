// One candidate of the search: which columns are selected.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/core/rng.h"

namespace kallos::ga {

// Column indices, ascending and unique.
using Genome = std::vector<int32_t>;

// L of D columns.
struct Space {
  int64_t columns = 0;   // D
  int64_t selected = 0;  // L, 1 .. D
};

// Uniform among all subsets of that size.
Genome RandomGenome(const Space& space, Stream& stream);

// 32 hexadecimal digits of the SHA-256 of the indices: equal only for equal genomes.
std::string KeyOf(const Genome& genome);

}  // namespace kallos::ga
