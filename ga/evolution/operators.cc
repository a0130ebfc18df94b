#include "ga/evolution/operators.h"

#include <algorithm>
#include <cmath>

#include "ga/evolution/subset.h"
#include "lib/core/error.h"

namespace kallos::ga {
namespace {

// Columns by the number of parents that have them: result[n] ascending, n = 0 left empty.
std::vector<std::vector<int32_t>> ByFrequency(std::span<const Genome* const> parents,
                                              const Space& space) {
  std::vector<uint32_t> counts(static_cast<size_t>(space.columns), 0);
  for (const Genome* parent : parents) {
    for (const int32_t column : *parent) ++counts[static_cast<size_t>(column)];
  }
  std::vector<std::vector<int32_t>> groups(parents.size() + 1);
  for (size_t column = 0; column < counts.size(); ++column) {
    if (counts[column] > 0) groups[counts[column]].push_back(static_cast<int32_t>(column));
  }
  return groups;
}

void AddAll(Subset& subset, const std::vector<int32_t>& columns) {
  for (const int32_t column : columns) subset.Add(column);
}

// Rank r (0 = best) gets the share 2 (n - 1 - r) / (n (n - 1)).
std::vector<size_t> SampleByRank(size_t population, size_t count, Stream& stream) {
  if (population == 1) return std::vector<size_t>(count, 0);
  const auto n = static_cast<double>(population);
  std::vector<size_t> chosen;
  const double start = stream.Uniform();
  double sum = 0;
  for (size_t rank = 0; rank < population && chosen.size() < count; ++rank) {
    sum += 2 * (n - 1 - static_cast<double>(rank)) / (n * (n - 1)) * static_cast<double>(count);
    while (chosen.size() < count && static_cast<double>(chosen.size()) + start < sum)
      chosen.push_back(rank);
  }
  chosen.resize(count, population - 1);  // rounding at the very end
  return chosen;
}

}  // namespace

Genome Cross(Crossover kind, std::span<const Genome* const> parents, const Space& space,
             Stream& stream) {
  KALLOS_CHECK(!parents.empty());
  std::vector<std::vector<int32_t>> groups = ByFrequency(parents, space);
  if (kind == Crossover::kUniform) {
    std::vector<int32_t> some;
    for (size_t n = 1; n < parents.size(); ++n)
      some.insert(some.end(), groups[n].begin(), groups[n].end());
    groups = {{}, std::move(some), std::move(groups[parents.size()])};
  }
  Subset child(space.columns);
  for (size_t n = groups.size() - 1; child.size() < space.selected; --n) {
    const int64_t missing = space.selected - child.size();
    if (static_cast<int64_t>(groups[n].size()) <= missing) {
      AddAll(child, groups[n]);
    } else {
      DrawInto(child, groups[n], missing, stream);
    }
  }
  return child.Sorted();
}

Genome Mutate(const Genome& genome, double keep, const Space& space, Stream& stream) {
  const int64_t wanted = space.selected - std::llround(keep * static_cast<double>(space.selected));
  const int64_t replaced = std::min(wanted, space.columns - space.selected);
  Subset old(space.columns);
  AddAll(old, genome);
  Subset mutant(space.columns);
  std::vector<int32_t> genes = genome;
  DrawInto(mutant, genes, space.selected - replaced, stream);
  std::vector<int32_t> others = old.Others();
  DrawInto(mutant, others, replaced, stream);
  return mutant.Sorted();
}

std::vector<size_t> ChooseParents(Selection kind, size_t population, size_t count, size_t elite,
                                  size_t tournament, Stream& stream) {
  KALLOS_CHECK(elite <= count && count <= population);
  std::vector<size_t> parents;
  const size_t drawn = kind == Selection::kTruncation ? count : elite;
  for (size_t i = 0; i < drawn; ++i) parents.push_back(i);
  if (kind == Selection::kRank) {
    std::vector<size_t> sampled = SampleByRank(population, count - elite, stream);
    stream.Shuffle(sampled);
    parents.insert(parents.end(), sampled.begin(), sampled.end());
  }
  while (parents.size() < count) {
    size_t best = population;
    for (size_t i = 0; i < tournament; ++i) best = std::min<size_t>(best, stream.Below(population));
    parents.push_back(best);
  }
  return parents;
}

}  // namespace kallos::ga
