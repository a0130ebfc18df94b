#include "ga/evolution/genome.h"

#include "ga/evolution/subset.h"
#include "lib/core/hash.h"

namespace kallos::ga {

Genome RandomGenome(const Space& space, Stream& stream) {
  Subset all(space.columns);
  std::vector<int32_t> rest = all.Others();
  DrawInto(all, rest, space.selected, stream);
  return all.Sorted();
}

std::string KeyOf(const Genome& genome) {
  Sha256 hash;
  hash.Update(genome.data(), genome.size() * sizeof(int32_t));
  return hash.Hex().substr(0, 32);
}

}  // namespace kallos::ga
