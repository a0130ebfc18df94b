// Evaluations spread over the processes of a run: rank 0 searches, all train.
#pragma once

#include "ga/search.h"
#include "lib/ranks/ranks.h"

namespace kallos::select {

// On rank 0: `fitness` for every individual whose number modulo the number of ranks is 0, the others' for the rest. The
// result is that of one process, since a fitness depends on its individual only.
ga::Fitness Distributed(const Ranks& ranks, ga::Fitness fitness);

// On the other ranks: evaluates until EndServing.
void Serve(const Ranks& ranks, const ga::Fitness& fitness);

// On rank 0, when there is nothing left to evaluate.
void EndServing(const Ranks& ranks);

}  // namespace kallos::select
