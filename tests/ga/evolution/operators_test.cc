#include "ga/evolution/operators.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>

namespace kallos::ga {
namespace {

constexpr int kDraws = 1000;

// A space of random size for each draw, small and large shares alike.
Space RandomSpace(Stream& stream) {
  const auto columns = static_cast<int64_t>(1 + stream.Below(300));
  return {columns, static_cast<int64_t>(1 + stream.Below(static_cast<uint64_t>(columns)))};
}

void ExpectGenome(const Genome& genome, const Space& space) {
  ASSERT_EQ(static_cast<int64_t>(genome.size()), space.selected);
  EXPECT_TRUE(std::ranges::is_sorted(genome));
  EXPECT_EQ(std::set<int32_t>(genome.begin(), genome.end()).size(), genome.size());
  EXPECT_GE(genome.front(), 0);
  EXPECT_LT(genome.back(), space.columns);
}

int64_t Shared(const Genome& a, const Genome& b) {
  Genome both;
  std::ranges::set_intersection(a, b, std::back_inserter(both));
  return static_cast<int64_t>(both.size());
}

std::vector<const Genome*> Pointers(const std::vector<Genome>& genomes) {
  std::vector<const Genome*> pointers;
  for (const Genome& genome : genomes) pointers.push_back(&genome);
  return pointers;
}

TEST(RandomGenome, IsASubsetOfThatSizeAndAllColumnsAreEquallyLikely) {
  for (int draw = 0; draw < kDraws; ++draw) {
    Stream stream(1, "test/random", draw);
    const Space space = RandomSpace(stream);
    ExpectGenome(RandomGenome(space, stream), space);
  }
  std::vector<int> counts(50);
  for (int draw = 0; draw < 10 * kDraws; ++draw) {
    Stream stream(2, "test/random", draw);
    for (const int32_t column : RandomGenome({50, 10}, stream))
      ++counts[static_cast<size_t>(column)];
  }
  for (const int count : counts) EXPECT_NEAR(count, 2000, 200);  // sd 40
}

TEST(Key, DiffersWhereGenomesDo) {
  EXPECT_EQ(KeyOf({1, 2, 3}), KeyOf({1, 2, 3}));
  EXPECT_NE(KeyOf({1, 2, 3}), KeyOf({1, 2, 4}));
  EXPECT_EQ(KeyOf({1}).size(), 32u);
}

class CrossTest : public testing::TestWithParam<Crossover> {};

TEST_P(CrossTest, ChildIsAGenomeOfTheParentsColumns) {
  for (int draw = 0; draw < kDraws; ++draw) {
    Stream stream(3, "test/cross", draw);
    const Space space = RandomSpace(stream);
    std::vector<Genome> parents(1 + stream.Below(5));
    std::map<int32_t, size_t> counts;
    for (Genome& parent : parents) {
      parent = RandomGenome(space, stream);
      for (const int32_t column : parent) ++counts[column];
    }
    const Genome child = Cross(GetParam(), Pointers(parents), space, stream);
    ExpectGenome(child, space);
    for (const int32_t column : child) EXPECT_TRUE(counts.contains(column));
    for (const auto& [column, count] : counts) {
      EXPECT_TRUE(count < parents.size() || std::ranges::binary_search(child, column))
          << "a column of all parents";
    }
    EXPECT_TRUE(parents.size() > 1 || child == parents[0]);
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, CrossTest,
                         testing::Values(Crossover::kFrequency, Crossover::kUniform));

TEST(CrossByFrequency, NoColumnIsTakenBeforeAMoreFrequentOne) {
  for (int draw = 0; draw < kDraws; ++draw) {
    Stream stream(4, "test/frequency", draw);
    const Space space = RandomSpace(stream);
    std::vector<Genome> parents(2 + stream.Below(4));
    std::vector<size_t> counts(static_cast<size_t>(space.columns));
    for (Genome& parent : parents) {
      parent = RandomGenome(space, stream);
      for (const int32_t column : parent) ++counts[static_cast<size_t>(column)];
    }
    const Genome child = Cross(Crossover::kFrequency, Pointers(parents), space, stream);
    size_t least_taken = parents.size(), most_left = 0;
    for (int32_t column = 0; column < space.columns; ++column) {
      const size_t count = counts[static_cast<size_t>(column)];
      if (std::ranges::binary_search(child, column)) {
        least_taken = std::min(least_taken, count);
      } else {
        most_left = std::max(most_left, count);
      }
    }
    EXPECT_GE(least_taken, most_left);
  }
}

TEST(CrossByFrequency, TiesAreDrawnEvenly) {
  const std::vector<Genome> parents = {{0, 1, 2, 3}, {0, 1, 4, 5}};
  std::map<int32_t, int> counts;
  for (int draw = 0; draw < 4000; ++draw) {
    Stream stream(5, "test/ties", draw);
    for (const int32_t column : Cross(Crossover::kFrequency, Pointers(parents), {10, 4}, stream))
      ++counts[column];
  }
  EXPECT_EQ(counts[0], 4000);
  EXPECT_EQ(counts[1], 4000);
  for (const int32_t column : {2, 3, 4, 5}) EXPECT_NEAR(counts[column], 2000, 160);  // sd 32
}

TEST(Mutate, KeepsThatShareAndReplacesTheRestByColumnsThatWereNotThere) {
  for (int draw = 0; draw < kDraws; ++draw) {
    Stream stream(6, "test/mutate", draw);
    const Space space = RandomSpace(stream);
    const Genome before = RandomGenome(space, stream);
    const double keep = stream.Uniform();
    const Genome after = Mutate(before, keep, space, stream);
    ExpectGenome(after, space);
    const int64_t kept = std::llround(keep * static_cast<double>(space.selected));
    const int64_t possible = space.columns - space.selected;
    EXPECT_EQ(Shared(before, after), std::max(kept, space.selected - possible));
  }
}

TEST(Mutate, AllAndNothing) {
  Stream stream(7, "test/mutate");
  const Genome before = RandomGenome({100, 10}, stream);
  EXPECT_EQ(Mutate(before, 1, {100, 10}, stream), before);
  EXPECT_EQ(Shared(before, Mutate(before, 0, {100, 10}, stream)), 0);
  Genome all(10);
  for (int32_t i = 0; i < 10; ++i) all[static_cast<size_t>(i)] = i;
  EXPECT_EQ(Mutate(all, 0, {10, 10}, stream), all) << "nothing else exists";
}

class ParentsTest : public testing::TestWithParam<Selection> {};

TEST_P(ParentsTest, AreThatManyAndBeginWithTheElite) {
  for (int draw = 0; draw < kDraws; ++draw) {
    Stream stream(8, "test/parents", draw);
    const size_t population = 1 + stream.Below(60), count = 1 + stream.Below(population),
                 elite = stream.Below(count + 1);
    const std::vector<size_t> parents =
        ChooseParents(GetParam(), population, count, elite, 3, stream);
    ASSERT_EQ(parents.size(), count);
    for (size_t i = 0; i < count; ++i) {
      EXPECT_LT(parents[i], population);
      EXPECT_TRUE((i >= elite && GetParam() != Selection::kTruncation) || parents[i] == i);
    }
  }
}

TEST_P(ParentsTest, BetterOnesAreNotRarer) {
  std::vector<int> counts(10);
  for (int draw = 0; draw < 2000; ++draw) {
    Stream stream(9, "test/pressure", draw);
    for (const size_t parent : ChooseParents(GetParam(), 10, 5, 0, 3, stream)) ++counts[parent];
  }
  for (size_t i = 0; i + 1 < counts.size(); ++i) EXPECT_GE(counts[i] + 150, counts[i + 1]);
  EXPECT_GT(counts[0], 5 * counts[9] + 1);
}

INSTANTIATE_TEST_SUITE_P(Kinds, ParentsTest,
                         testing::Values(Selection::kTruncation, Selection::kTournament,
                                         Selection::kRank));

TEST(ChooseByRank, SharesFallLinearly) {
  std::vector<double> counts(5);
  for (int draw = 0; draw < 20000; ++draw) {
    Stream stream(10, "test/rank", draw);
    for (const size_t parent : ChooseParents(Selection::kRank, 5, 1, 0, 3, stream))
      counts[parent] += 1.0 / 20000;
  }
  for (size_t i = 0; i < 5; ++i) EXPECT_NEAR(counts[i], 0.4 - 0.1 * static_cast<double>(i), 0.015);
}

}  // namespace
}  // namespace kallos::ga
