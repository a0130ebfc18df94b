// Fitness on the CPU.
#pragma once

#include "ga/data.h"
#include "ga/evolution/search.h"
#include "lib/core/error.h"
#include "lib/linalg/bf16.h"

namespace kallos::ga {

// As ArithmeticOf (device_fitness.h), for the CPU.
inline std::string CpuArithmetic(const RunConfig& config) {
  if (config.precision != Precision::kBf16) return "cpu";
  if (linalg::CpuHasBf16Products()) return "cpu bf16";
  throw EnvironmentError(
      "--precision bf16: this CPU has no AVX-512, or this build no oneDNN; use --precision fp32");
}

// Keeps a reference to `data`.
inline Fitness CpuFitness(const RunConfig& config, const SearchData& data, uint64_t seed) {
  return
      [recipe = RecipeOf(config), metric = config.metric, view = data.View(), by = config.look_by,
       seed](std::span<const Genome> genomes, int64_t shortened, const Done& done) {
        const FitnessData part{view.features, view.labels, Shorten(view, {by, shortened}, seed)};
        HeadFitnesses(Shorten(recipe, {by, shortened}), metric, part, genomes, seed, done);
      };
}

}  // namespace kallos::ga
