// Fitness on the CPU.
#pragma once

#include "ga/search.h"
#include "lib/core/error.h"
#include "select/data.h"

namespace kallos::select {

// As ArithmeticOf (device_fitness.h), for the CPU.
inline std::string CpuArithmetic(const RunConfig& config) {
  if (config.precision != train::Precision::kBf16) return "cpu";
  if (train::CpuHasBf16Products()) return "cpu bf16";
  throw EnvironmentError("--precision bf16: this CPU has no AVX-512, or this build no oneDNN; use --precision fp32");
}

// Keeps a reference to `data`.
inline ga::Fitness CpuFitness(const RunConfig& config, const SearchData& data, uint64_t seed) {
  return [recipe = RecipeOf(config), view = data.View(), by = config.look_by, seed](
             std::span<const ga::Genome> genomes, int64_t shortened, const ga::Done& done) {
    const train::FitnessData part{view.features, view.labels, Shorten(view, {by, shortened}, seed)};
    train::HeadFitnesses(Shorten(recipe, {by, shortened}), part, genomes, seed, done);
  };
}

}  // namespace kallos::select
