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
  std::vector<uint32_t> counts(space.columns, 0);
  for (const Genome* parent : parents) {
    for (const int32_t column : *parent) ++counts[column];
  }
  std::vector<std::vector<int32_t>> groups(parents.size() + 1);
  for (size_t column = 0; column < counts.size(); ++column) {
    if (counts[column] > 0) groups[counts[column]].push_back(column);
  }
  return groups;
}

void AddAll(Subset& subset, const std::vector<int32_t>& columns) {
  for (const int32_t column : columns) subset.Add(column);
}

// Linear ranking at a selection pressure of 2 (Baker, ICGA 1985): rank r, 0 (best) .. n-1, is
// chosen
//   expected[r] = count 2 (n - 1 - r) / (n (n - 1))
// times on average. Stochastic universal sampling (Baker, ICGA 1987): the expected numbers are laid
// end to end on a line, on which the pointers u, u + 1, ..., u + count - 1 stand, with one u drawn
// from [0, 1). So rank r is chosen expected[r] times, rounded down or up.
std::vector<size_t> SampleByRank(size_t population, size_t count, Stream& stream) {
  if (population == 1) return std::vector<size_t>(count, 0);
  const double n = population;
  std::vector<size_t> chosen;
  const double start = stream.Uniform();
  double sum = 0;
  for (size_t rank = 0; rank < population && chosen.size() < count; ++rank) {
    sum += 2 * (n - 1 - rank) / (n * (n - 1)) * count;
    while (chosen.size() < count && chosen.size() + start < sum) chosen.push_back(rank);
  }
  chosen.resize(count, population - 1);  // rounding at the very end
  return chosen;
}

}  // namespace

// With n parents, group[k] = the columns that k of them have. Frequency: all of group[n],
// group[n - 1], ... while they fit, and of the first that does not fit as many as are missing.
// Uniform: all of group[n], the rest drawn from group[1] and ... and group[n - 1] together.
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
    if (std::ssize(groups[n]) <= missing) {
      AddAll(child, groups[n]);
    } else {
      DrawInto(child, groups[n], missing, stream);
    }
  }
  return child.Sorted();
}

// replaced = min(L - round(keep L), D - L).
Genome Mutate(const Genome& genome, double keep, const Space& space, Stream& stream) {
  const int64_t asked = space.selected - std::llround(keep * space.selected);
  const int64_t replaced = std::min(asked, space.columns - space.selected);
  Subset old(space.columns);
  AddAll(old, genome);
  Subset mutant(space.columns);
  std::vector<int32_t> genes = genome;
  DrawInto(mutant, genes, space.selected - replaced, stream);
  std::vector<int32_t> others = old.Others();
  DrawInto(mutant, others, replaced, stream);
  return mutant.Sorted();
}

// Tournament (Goldberg and Deb, FOGA 1991): with t drawn with replacement from n, rank r wins with
// the chance ((n - r)^t - (n - r - 1)^t) / n^t.
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
