// Crossover, mutation and the choice of parents. Each takes time linear in D (or in the
// population), and its random numbers from a stream of its own, so that individuals may be made in
// any order, on any number of threads.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "ga/evolution/genome.h"
#include "lib/config/config.h"

namespace kallos::ga {

enum class Crossover { kFrequency, kUniform };
inline NamedValues<Crossover> EnumTable(Crossover) {
  using enum Crossover;
  return {{kFrequency, "frequency"}, {kUniform, "uniform"}};
}
enum class Selection { kTruncation, kTournament, kRank };
inline NamedValues<Selection> EnumTable(Selection) {
  using enum Selection;
  return {{kTruncation, "truncation"}, {kTournament, "tournament"}, {kRank, "rank"}};
}

// Frequency (published): columns that more parents have come first, until L are taken; of the last
// that are equally frequent, as many as are missing are drawn. Uniform: what all parents have
// stays; the rest is drawn from what some have. The parents have L columns each.
Genome Cross(Crossover kind, std::span<const Genome* const> parents, const Space& space,
             Stream& stream);

// Keeps round(keep * L) genes, drawn; every other is replaced by a column, drawn without
// replacement from those that the individual does not have. Where D - L are fewer, only so
// many are replaced.
Genome Mutate(const Genome& genome, double keep, const Space& space, Stream& stream);

// Which of the individuals 0 .. population-1 (best first) become parents: `count` of them, the
// first `elite` always being 0 .. elite-1. Truncation (published): the best. Tournament: for each
// place the best of `tournament` that are drawn with replacement. Rank: stochastic universal
// sampling (Baker, ICGA 1987) with chances that fall linearly from twice the mean for the best to 0
// (linear ranking, Baker, ICGA 1985, at a selection pressure of 2).
std::vector<size_t> ChooseParents(Selection kind, size_t population, size_t count, size_t elite,
                                  size_t tournament, Stream& stream);

}  // namespace kallos::ga
