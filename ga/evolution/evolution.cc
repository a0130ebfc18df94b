#include "ga/evolution/evolution.h"

#include <algorithm>
#include <cmath>

#include "lib/core/error.h"
#include "lib/parallel/parallel.h"

namespace kallos::ga {
namespace {

constexpr double kGrowth = 1.25;  // of the replaced share, per generation without progress
constexpr double kMostReplaced = 0.5;

Individual Make(Genome genome) {
  Individual individual;
  individual.genome = std::move(genome);
  individual.key = KeyOf(individual.genome);
  return individual;
}

void Sort(Island& island) {
  std::ranges::stable_sort(island.members, IsBetter);
}

}  // namespace

bool IsBetter(const Individual& a, const Individual& b) {
  return a.divisor != b.divisor ? a.divisor < b.divisor : a.fitness > b.fitness;
}

const Individual& Population::Best() const {
  const Individual* best = &islands[0].members[0];
  for (const Island& island : islands) {
    if (IsBetter(island.members[0], *best)) best = &island.members[0];
  }
  return *best;
}

Evolution::Evolution(const Settings& settings, const Space& space, uint64_t seed)
    : settings_(settings), space_(space), seed_(seed) {
  if (space.selected > space.columns)
    throw InputError("--select {}: the features have only {} columns", space.selected,
                     space.columns);
}

Population Evolution::Start() const {
  const size_t size = settings_.population;
  Population population;
  population.islands.resize(settings_.islands);
  for (Island& island : population.islands) island.members.resize(size);
  ParallelFor(population.islands.size() * size, [&](size_t i) {
    Stream stream(seed_, "ga/start", i);
    population.islands[i / size].members[i % size] = Make(RandomGenome(space_, stream));
  });
  return population;
}

void Evolution::Rank(Population& population) const {
  for (Island& island : population.islands) {
    KALLOS_CHECK(std::ranges::all_of(island.members, &Individual::is_known));
    Sort(island);
    const Individual& first = island.members[0];
    const bool improved = first.is_final() && first.fitness > island.best;
    island.stagnation = improved ? 0 : island.stagnation + 1;
    if (improved) island.best = first.fitness;
  }
  if (population.generation > 0 && population.generation % settings_.migrate_every == 0)
    Migrate(population);
}

void Evolution::Migrate(Population& population) const {
  const std::vector<Island> before = population.islands;
  const ptrdiff_t migrants = settings_.migrants;
  if (before.size() < 2) return;
  for (size_t i = 0; i < before.size(); ++i) {
    Island& next = population.islands[(i + 1) % before.size()];
    std::copy_n(before[i].members.begin(), migrants, next.members.end() - migrants);
    Sort(next);
  }
}

// 1 - keep is the usual share of replaced genes. Adaptive: after s generations without progress
// min(kMostReplaced, usual kGrowth^s), but never less than usual.
double Evolution::Keep(const Island& island) const {
  if (!settings_.adaptive) return settings_.keep;
  const double usual = 1 - settings_.keep;
  const double grown = usual * std::pow(kGrowth, island.stagnation);
  return 1 - std::max(usual, std::min(kMostReplaced, grown));
}

void Evolution::Breed(Population& population) const {
  for (size_t i = 0; i < population.islands.size(); ++i)
    population.islands[i] = NextIsland(population.islands[i], population.generation + 1, i);
  ++population.generation;
}

Island Evolution::NextIsland(const Island& island, int64_t generation, size_t index) const {
  const size_t size = island.members.size();
  const size_t elite = settings_.elite;
  const size_t parents = settings_.parents;
  const size_t window = settings_.window;
  const uint64_t number = generation;
  Stream choice(seed_, "ga/selection", number, index);
  const std::vector<size_t> chosen =
      ChooseParents(settings_.selection, size, parents, elite, settings_.tournament, choice);
  Island next = island;
  ParallelFor(size, [&](size_t i) {
    if (i < elite) return;
    if (i < parents) {
      Stream stream(seed_, "ga/mutation", number, index * size + i);
      next.members[i] =
          Make(Mutate(island.members[chosen[i]].genome, Keep(island), space_, stream));
      return;
    }
    std::vector<const Genome*> mates;
    for (size_t k = 0; k < window; ++k)
      mates.push_back(&island.members[chosen[(i - parents + k) % parents]].genome);
    Stream stream(seed_, "ga/crossover", number, index * size + i);
    next.members[i] = Make(Cross(settings_.crossover, mates, space_, stream));
  });
  return next;
}

}  // namespace kallos::ga
