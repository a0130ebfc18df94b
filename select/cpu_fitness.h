// Fitness on the CPU.
#pragma once

#include "ga/search.h"
#include "select/data.h"

namespace kallos::select {

// Keeps a reference to `data`.
inline ga::Fitness CpuFitness(const RunConfig& config, const SearchData& data, uint64_t seed) {
  return [recipe = RecipeOf(config), view = data.View(), seed](std::span<const ga::Genome> genomes,
                                                               const std::function<void(size_t, double)>& done) {
    train::HeadFitnesses(recipe, view, genomes, seed, done);
  };
}

}  // namespace kallos::select
