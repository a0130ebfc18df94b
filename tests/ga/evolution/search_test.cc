#include "ga/evolution/search.h"

#include <gmock/gmock.h>

#include <atomic>
#include <cmath>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/stop.h"
#include "lib/parallel/parallel.h"

namespace kallos::ga {
namespace {

using testing::HasSubstr;

constexpr int64_t kInformative = 20;

// The share of the first 20 columns that an individual has.
double Planted(const Genome& genome) {
  return static_cast<double>(
             std::ranges::count_if(genome, [](int32_t column) { return column < kInformative; })) /
         kInformative;
}

void EvaluatePlanted(std::span<const Genome> genomes, int64_t, const Done& done) {
  ParallelFor(genomes.size(), [&](size_t i) { done(i, Planted(genomes[i])); });
}

class SearchTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path(testing::TempDir()) / fmt::format("kallos_ga_{}_{}", test->name(), getpid());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override {
    fs::remove_all(folder_);
    ClearStop();
    SetThreads(0);
  }

  SearchSettings Small(const std::string& name, uint64_t seed = 1) const {
    SearchSettings search;
    search.settings = {.select = 30, .population = 20, .elite = 2, .parents = 10, .generations = 6};
    search.space = {200, 30};
    search.seed = seed;
    search.folder = folder_ / name;
    search.key = "key";
    fs::create_directories(search.folder);
    return search;
  }

  // All files but those that hold times.
  static std::map<std::string, std::string> FilesOf(const fs::path& folder) {
    std::map<std::string, std::string> files;
    for (const char* name : {kCheckpoint, kEvaluations, kHistory})
      files[name] = ReadFile(folder / name);
    return files;
  }

  fs::path folder_;
};

TEST_F(SearchTest, FindsWhatIsPlantedWhereRandomSubsetsDoNot) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    SearchSettings search = Small(fmt::format("planted{}", seed), seed);
    search.settings = {
        .select = 100, .population = 60, .parents = 30, .keep = 0.9, .generations = 80};
    search.space = {2000, 100};
    const SearchResult result = Search(search, EvaluatePlanted);
    EXPECT_GE(result.population.Best().fitness, 0.9) << seed;
    double random = 0;
    for (int64_t i = 0; i < result.cost; ++i) {
      Stream stream(seed, "test/random", static_cast<uint64_t>(i));
      random = std::max(random, Planted(RandomGenome(search.space, stream)));
    }
    EXPECT_LT(random, 0.5) << seed;
  }
}

TEST_F(SearchTest, EliteSurvivesAndTheBestNeverFalls) {
  for (const Selection selection :
       {Selection::kTruncation, Selection::kTournament, Selection::kRank}) {
    SearchSettings search = Small("elite-" + EnumName(selection));
    search.settings.selection = selection;
    search.settings.adaptive = true;
    const SearchResult result = Search(search, EvaluatePlanted);
    ASSERT_EQ(result.history.size(), 7u);
    for (size_t g = 1; g < result.history.size(); ++g)
      EXPECT_GE(result.history[g].best, result.history[g - 1].best);
    EXPECT_GT(result.history.back().mean, result.history.front().mean);
  }
}

TEST_F(SearchTest, SameFilesAtAnyThreadCount) {
  std::vector<std::map<std::string, std::string>> found;
  for (const int threads : {1, 2, 5}) {
    SetThreads(threads);
    const SearchSettings search = Small(fmt::format("threads{}", threads));
    Search(search, EvaluatePlanted);
    found.push_back(FilesOf(search.folder));
  }
  EXPECT_EQ(found[0], found[1]);
  EXPECT_EQ(found[0], found[2]);
  const SearchSettings other = Small("other", 2);
  Search(other, EvaluatePlanted);
  EXPECT_NE(FilesOf(other.folder), found[0]);
}

TEST_F(SearchTest, BrokenOffAnywhereItEndsWithTheSameFiles) {
  const SearchSettings whole = Small("whole");
  const SearchResult result = Search(whole, EvaluatePlanted);
  for (int64_t stop = 1; stop < result.cost; stop += 7) {
    const SearchSettings search = Small(fmt::format("broken{}", stop));
    std::atomic<int64_t> left = stop;
    const Fitness breaking = [&](std::span<const Genome> genomes, int64_t, const Done& done) {
      for (size_t i = genomes.size(); i-- > 0;) {  // in another order
        if (left-- == 0) throw InterruptedError("enough");
        done(i, Planted(genomes[i]));
      }
    };
    EXPECT_THROW(Search(search, breaking), Error);
    EXPECT_EQ(Search(search, EvaluatePlanted).population.Best().genome,
              result.population.Best().genome);
    EXPECT_EQ(FilesOf(search.folder), FilesOf(whole.folder)) << stop;
  }
}

TEST_F(SearchTest, NothingIsTrainedTwice) {
  SearchSettings search = Small("cache");
  search.space = {8, 4};  // 70 individuals exist
  search.settings.select = 4;
  search.settings.generations = 10;
  std::map<std::string, int> trained;
  const Fitness counting = [&](std::span<const Genome> genomes, int64_t, const Done& done) {
    for (size_t i = 0; i < genomes.size(); ++i) {
      ++trained[KeyOf(genomes[i])];
      done(i, static_cast<double>(genomes[i][0]));
    }
  };
  const SearchResult result = Search(search, counting);
  EXPECT_LE(trained.size(), 70u);
  EXPECT_EQ(static_cast<double>(trained.size()), result.cost);
  for (const auto& [key, count] : trained) EXPECT_EQ(count, 1);
}

TEST_F(SearchTest, AFinishedSearchGoesOnWithMoreGenerations) {
  SearchSettings search = Small("more");
  search.settings.generations = 2;
  EXPECT_EQ(Search(search, EvaluatePlanted).ended, "2 generations");
  const Fitness never = [](auto, auto, const auto&) { FAIL() << "there is nothing to train"; };
  EXPECT_EQ(Search(search, never).history.size(), 3u);
  search.settings.generations = 6;
  Search(search, EvaluatePlanted);
  const SearchSettings whole = Small("at-once");
  Search(whole, EvaluatePlanted);
  EXPECT_EQ(FilesOf(search.folder), FilesOf(whole.folder));
}

TEST_F(SearchTest, EndsByStagnationEvaluationsAndTime) {
  SearchSettings search = Small("stagnation");
  search.settings.generations = 1000;
  search.settings.stagnation = 3;
  const Fitness constant = [](std::span<const Genome> genomes, int64_t, const Done& done) {
    for (size_t i = 0; i < genomes.size(); ++i) done(i, 0.5);
  };
  EXPECT_EQ(Search(search, constant).history.size(), 4u);
  search = Small("evaluations");
  search.settings.generations = 1000;
  search.settings.evaluations = 50;
  const SearchResult result = Search(search, EvaluatePlanted);
  EXPECT_GE(result.cost, 50);
  EXPECT_LT(result.cost, 70);
  search = Small("hours");
  search.settings.generations = 1000;
  search.settings.hours = 1e-9;
  EXPECT_EQ(Search(search, EvaluatePlanted).history.size(), 1u);
}

// Fitness that a training on a small budget tells with an error that grows the shorter it is.
double Foretold(const Genome& genome, int64_t divisor) {
  Stream stream(static_cast<uint64_t>(divisor), "test/foretold/" + KeyOf(genome));
  return Planted(genome) + 0.1 * (1 - 1.0 / static_cast<double>(divisor)) * stream.Uniform() -
         0.2 * (1 - 1.0 / static_cast<double>(divisor));
}

void EvaluateForetold(std::span<const Genome> genomes, int64_t divisor, const Done& done) {
  ParallelFor(genomes.size(), [&](size_t i) { done(i, Foretold(genomes[i], divisor)); });
}

TEST_F(SearchTest, FirstLooksLetTheBestThrough) {
  SearchSettings search = Small("looks");
  search.settings.first_looks = 2;
  search.settings.look_check = 4;
  const SearchResult result = Search(search, EvaluateForetold);
  ASSERT_EQ(result.history.size(), 7u);
  double cost = 0;
  for (const HistoryRow& row : result.history) {
    const bool checked = row.generation % 4 == 0;
    const int64_t news = row.generation == 0 ? 20 : 18;
    EXPECT_EQ(row.trained, checked ? news : 2) << row.generation;  // 18 / 3 / 3
    EXPECT_EQ(row.rung_trainings, checked ? 2 * news : 18 + 6) << row.generation;
    EXPECT_EQ(std::isnan(row.rung_check.loss), !checked);
    if (checked) {
      EXPECT_GT(row.rung_check.rank_correlation, 0.3);
    }
    const double own = checked ? 13.0 / 9 * static_cast<double>(news) : 18.0 / 9 + 6.0 / 3 + 2;
    EXPECT_LE(own, MostCost(search.settings, row.generation));
    cost += own;
  }
  EXPECT_NEAR(result.cost, cost, 1e-9);
  for (size_t g = 1; g < result.history.size(); ++g)
    EXPECT_GE(result.history[g].best, result.history[g - 1].best)
        << "the elite are trained in full";
  EXPECT_GT(result.population.Best().fitness, result.history[0].best);
  EXPECT_TRUE(result.population.Best().is_final());
  EXPECT_EQ(result.population.Best().fitness, Planted(result.population.Best().genome));
}

TEST_F(SearchTest, WithFirstLooksBrokenOffAnywhereItEndsWithTheSameFiles) {
  const auto settings = [](SearchSettings search) {
    search.settings.first_looks = 2;
    search.settings.look_check = 3;
    search.settings.elite = 8;  // more than survive
    search.settings.islands = 2;
    search.settings.migrate_every = 2;
    return search;
  };
  const SearchSettings whole = settings(Small("whole"));
  Search(whole, EvaluateForetold);
  const int64_t calls = static_cast<int64_t>(Evaluations(whole.folder / kEvaluations).all().size());
  for (int64_t stop = 1; stop < calls; stop += 7) {
    const SearchSettings search = settings(Small(fmt::format("broken{}", stop)));
    std::atomic<int64_t> left = stop;
    const Fitness breaking = [&](std::span<const Genome> genomes, int64_t divisor,
                                 const Done& done) {
      for (size_t i = genomes.size(); i-- > 0;) {
        if (left-- == 0) throw InterruptedError("enough");
        done(i, Foretold(genomes[i], divisor));
      }
    };
    EXPECT_THROW(Search(search, breaking), Error);
    Search(search, EvaluateForetold);
    EXPECT_EQ(FilesOf(search.folder), FilesOf(whole.folder)) << stop;
  }
}

// Individuals recur in so small a space, and some were trained longer in a later generation.
TEST_F(SearchTest, WithoutItsCheckpointARunTakesTheSameCourse) {
  SearchSettings search = Small("course");
  search.space = {9, 4};
  search.settings = {.select = 4,
                     .population = 20,
                     .elite = 2,
                     .parents = 10,
                     .first_looks = 2,
                     .look_check = 3,
                     .generations = 8};
  const Fitness by_columns = [](std::span<const Genome> genomes, int64_t divisor,
                                const Done& done) {
    for (size_t i = 0; i < genomes.size(); ++i) {
      Stream stream(static_cast<uint64_t>(divisor), "test/course/" + KeyOf(genomes[i]));
      done(i, genomes[i][0] + stream.Uniform());
    }
  };
  Search(search, by_columns);
  const auto files = FilesOf(search.folder);
  fs::remove(search.folder / kCheckpoint);
  Search(search, by_columns);
  EXPECT_EQ(FilesOf(search.folder), files);
}

TEST_F(SearchTest, EveryIslandsBestAreTrainedInFull) {
  SearchSettings search = Small("look-islands");
  search.settings.first_looks = 1;
  search.settings.look_check = 0;
  search.settings.islands = 3;
  for (const Island& island : Search(search, EvaluateForetold).population.islands)
    EXPECT_GE(std::ranges::count_if(island.members, &Individual::is_final), 6) << "18 / 3";
}

TEST_F(SearchTest, EqualsAfterALookComeThroughFromAllPlaces) {
  SearchSettings search = Small("blind");
  search.settings.first_looks = 1;
  search.settings.look_check = 0;
  const Fitness blind = [](std::span<const Genome> genomes, int64_t divisor, const Done& done) {
    for (size_t i = 0; i < genomes.size(); ++i) done(i, divisor > 1 ? 0.5 : Planted(genomes[i]));
  };
  Search(search, blind);
  int mutants = 0, children = 0;
  const Evaluations evaluations(search.folder / kEvaluations);
  for (const auto& [training, e] : evaluations.all()) {
    if (training.divisor == 1 && e.generation > 0) ++(e.position < 10 ? mutants : children);
  }
  EXPECT_GT(mutants, 0);
  EXPECT_GT(children, 0);
}

TEST_F(SearchTest, TheTimeBeforeABreakCounts) {
  const SearchSettings search = Small("time");
  int64_t left = 30;
  const Fitness breaking = [&](std::span<const Genome> genomes, int64_t, const Done& done) {
    for (size_t i = 0; i < genomes.size(); ++i) {
      if (left-- == 0) throw InterruptedError("enough");
      done(i, Planted(genomes[i]));
    }
  };
  EXPECT_THROW(Search(search, breaking), Error);
  std::vector<TimingRow> timing = ReadTiming(search.folder / kTiming);
  ASSERT_EQ(timing.size(), 2u) << "the second generation was broken off";
  timing.back().evaluating = 1000;
  WriteTiming(search.folder / kTiming, timing);
  const SearchResult result = Search(search, EvaluatePlanted);
  ASSERT_EQ(result.timing.size(), 7u);
  EXPECT_GE(result.timing[1].evaluating, 1000);
  EXPECT_LT(result.timing[2].evaluating, 1000);
}

TEST_F(SearchTest, IslandsExchangeTheirBest) {
  SearchSettings search = Small("islands");
  search.settings.islands = 3;
  search.settings.migrate_every = 2;
  const SearchResult result = Search(search, EvaluatePlanted);
  ASSERT_EQ(result.population.islands.size(), 3u);
  const double best = result.population.Best().fitness;
  int with_best = 0;
  for (const Island& island : result.population.islands) {
    ASSERT_EQ(island.members.size(), 20u);
    with_best += island.members[0].fitness == best ? 1 : 0;
  }
  EXPECT_GE(with_best, 2) << "the last generation migrates";
}

TEST_F(SearchTest, BadInputIsNamed) {
  const auto message = [&](const SearchSettings& search, const Fitness& fitness) -> std::string {
    try {
      Search(search, fitness);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  SearchSettings search = Small("too-many");
  search.space.selected = 201;
  EXPECT_THAT(message(search, EvaluatePlanted), HasSubstr("have only 200 columns"));
  const Fitness nan = [](std::span<const Genome>, int64_t, const Done& done) { done(0, NAN); };
  EXPECT_THAT(message(Small("nan"), nan), HasSubstr("fitness is NaN"));
  search = Small("other-key");
  Search(search, EvaluatePlanted);
  search.key = "another";
  EXPECT_THAT(message(search, EvaluatePlanted), HasSubstr("--fresh starts over"));
  search.key = "key";
  const std::string evaluations = ReadFile(search.folder / kEvaluations);
  for (const char* row : {"x,0,1,0,nan", "x,0,0,0,0.5", "x,0,1,0", "x,0,1,0,"}) {
    PublishBytes(search.folder / kEvaluations, evaluations + row + "\n");
    EXPECT_THAT(message(search, EvaluatePlanted), HasSubstr("evaluations.csv")) << row;
  }
  PublishBytes(search.folder / kEvaluations, "individual,fitness\n");
  EXPECT_THAT(message(search, EvaluatePlanted),
              HasSubstr("expected the columns individual,generation,shortened"));
  PublishBytes(search.folder / kEvaluations, evaluations);
  const std::string history = ReadFile(search.folder / kHistory);
  fs::remove(search.folder / kHistory);
  EXPECT_THAT(message(search, EvaluatePlanted),
              HasSubstr("holds generation 6, and not every one before is here"));
  PublishBytes(search.folder / kHistory, history);
  std::string bytes = ReadFile(search.folder / kCheckpoint);
  bytes[bytes.size() / 2] ^= 1;
  PublishBytes(search.folder / kCheckpoint, bytes);
  EXPECT_THAT(message(search, EvaluatePlanted), HasSubstr("damaged"));
}

TEST(Settings, ContradictionsAreListedTogether) {
  Violations violations;
  ValidateSettings(
      {.population = 10, .elite = 20, .parents = 12, .tournament = 9, .window = 30, .migrants = 11},
      violations);
  EXPECT_EQ(violations.size(), 6u);
  violations.clear();
  ValidateSettings({}, violations);
  EXPECT_TRUE(violations.empty());
}

}  // namespace
}  // namespace kallos::ga
