// A ranked population on disk.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "ga/evolution/evolution.h"

namespace kallos::ga {

// HDF5: /population [islands * P, L] int32, /fitness and /shortened (the budget's divisor) [islands
// * P], /island_best and /island_stagnation [islands], attributes generation, columns, key; behind
// it a seal (lib/store/seal.h). Equal populations give equal bytes. `key` is the hash of all that
// decides the search.
void WriteCheckpoint(const std::filesystem::path& file, const Population& population,
                     const Space& space, const std::string& key);

// Nothing where there is no file. Throws InputError naming the file: damaged, or (with `key`) of
// another search.
struct Checkpoint {
  Population population;
  Space space;
  std::string key;
};
std::optional<Checkpoint> ReadCheckpoint(const std::filesystem::path& file);

}  // namespace kallos::ga
