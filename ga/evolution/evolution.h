// The course of generations, without knowing what fitness is.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "ga/evolution/genome.h"
#include "ga/evolution/settings.h"

namespace kallos::ga {

struct Individual {
  Genome genome;
  std::string key;                                            // KeyOf(genome)
  double fitness = std::numeric_limits<double>::quiet_NaN();  // NaN: not known yet
  int64_t divisor = 1;  // of the budget of the training behind `fitness` (successive_halving.h)

  bool is_known() const { return fitness == fitness; }
  bool is_final() const { return is_known() && divisor == 1; }
};

// Fitness after a longer training counts more than any after a shorter one.
bool IsBetter(const Individual& a, const Individual& b);

struct Island {
  std::vector<Individual> members;
  // The best fitness after a whole training, of all generations.
  double best = -std::numeric_limits<double>::infinity();
  int64_t stagnation = 0;  // generations since `best` rose
};

struct Population {
  int64_t generation = 0;  // 0: the random start
  std::vector<Island> islands;

  // Of all islands; the population must be ranked.
  const Individual& Best() const;
};

// Depends on settings, space and seed only, and on the fitness of the individuals; never on
// threads. Streams are named by generation and individual, so that a run goes on from a stored
// population without any other state.
class Evolution {
 public:
  // Throws InputError when more columns are to be selected than there are.
  Evolution(const Settings& settings, const Space& space, uint64_t seed);

  Population Start() const;
  // Sorts every island, best first; of equals the one that stood first. All must be known.
  // Notes progress. Then, on a generation of migration, the best of each island replace the
  // worst of the next.
  void Rank(Population& population) const;
  // The next generation of a ranked population: the elite, the other parents mutated,
  // then the children.
  void Breed(Population& population) const;
  // Share of genes that mutation keeps on this island now.
  double Keep(const Island& island) const;

 private:
  Island NextIsland(const Island& island, int64_t generation, size_t index) const;
  void Migrate(Population& population) const;

  Settings settings_;
  Space space_;
  uint64_t seed_;
};

}  // namespace kallos::ga
