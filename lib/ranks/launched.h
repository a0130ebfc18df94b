// Whether a launcher of parallel programs started this process.
#pragma once

#include <algorithm>
#include <cstdlib>

#include "lib/core/text.h"

namespace kallos {

// How many processes mpirun (Open MPI, MPICH) or srun with PMI started together with this one,
// itself included; 1 where none did.
inline int64_t LaunchedRanks() {
  int64_t ranks = 1;
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}) {
    if (const char* value = std::getenv(name)) ranks = std::max(ranks, ParseInt(value).value_or(1));
  }
  return ranks;
}

}  // namespace kallos
