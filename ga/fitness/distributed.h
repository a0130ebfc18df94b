// Evaluations spread over the processes of a run: rank 0 searches, all train.
#pragma once

#include "ga/evolution/search.h"
#include "lib/ranks/ranks.h"

namespace kallos::ga {

// On rank 0: `fitness` for every individual whose number modulo the number of ranks is 0, the
// others' for the rest. The result is that of one process, since a fitness depends on its
// individual only.
Fitness Distributed(const Ranks& ranks, Fitness fitness);

// On the other ranks: evaluates until EndServing.
void Serve(const Ranks& ranks, const Fitness& fitness);

// On rank 0, when there is nothing left to evaluate.
void EndServing(const Ranks& ranks);

}  // namespace kallos::ga
