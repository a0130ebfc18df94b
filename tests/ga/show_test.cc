#include "ga/show.h"

#include <atomic>
#include <thread>

#include "ga/evolution/evaluations.h"
#include "ga/run_state.h"
#include "lib/core/lock.h"
#include "lib/core/text.h"
#include "tests/ga/example_run.h"

namespace kallos::ga {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

class ShowTest : public RunFolderTest {
 protected:
  static std::string OutputOf(const std::vector<fs::path>& runs,
                              const std::optional<fs::path>& plot = {}) {
    RunRecord record("test", "");
    RunContext context{0, record};
    testing::internal::CaptureStdout();
    try {
      RunShow({runs, plot}, context);
    } catch (...) {
      testing::internal::GetCapturedStdout();
      throw;
    }
    return testing::internal::GetCapturedStdout();
  }
  static std::string ErrorOf(const std::vector<fs::path>& runs,
                             const std::optional<fs::path>& plot = {}) {
    return MessageOf([&] { OutputOf(runs, plot); });
  }

  void Damage(const char* file) const {
    const std::string bytes = ReadFile(folder_ / "run" / file);
    PublishBytes(folder_ / "run" / file, bytes.substr(0, bytes.size() - bytes.size() / 3) + "\"");
  }
};

TEST_F(ShowTest, ARunFromItsStartToItsEnd) {
  const fs::path run = folder_ / "run";
  fs::create_directories(run);
  WriteSearchFile(run / kSearchFile, ExampleSearch());
  EXPECT_THAT(OutputOf({run}), HasSubstr("broken off: the same command goes on"));
  EXPECT_THAT(OutputOf({run}), HasSubstr("0 of at most 12 individuals of generation 0 trained"));
  {
    const FolderLock lock(run);
    EXPECT_THAT(OutputOf({run}), HasSubstr(fmt::format("running (pid {} on ", getpid())));
  }

  RunExample(run, ExampleSearch(), 2);
  std::string output = OutputOf({run});
  EXPECT_THAT(output, ContainsRegex("generation +2 of 4\n"));
  EXPECT_THAT(output, ContainsRegex("remaining +about .* .2 generations .*; once it goes on"));
  EXPECT_THAT(output, HasSubstr("accuracy on val"));
  EXPECT_THAT(output, Not(HasSubstr("on test")));
  const RunState state = ReadRun(run);
  EXPECT_THAT(output,
              HasSubstr(fmt::format("best so far {:.4f}", state.history.back().best_so_far)));
  EXPECT_THAT(output, HasSubstr("(chance 10.0 %)"));

  RunExample(run, ExampleSearch(), 4);
  output = OutputOf({run});
  EXPECT_THAT(output, HasSubstr("the search ended (4 generations), the final head follows"));
  EXPECT_THAT(output, Not(HasSubstr("remaining")));
  WriteExampleResult(run, 4);
  EXPECT_THAT(OutputOf({run}), HasSubstr("state       ended: 4 generations\n"));

  SearchFile longer =
      ExampleSearch();  // the same command with more generations, before the first is finished
  longer.settings.generations = 6;
  WriteSearchFile(run / kSearchFile, longer);
  EXPECT_THAT(OutputOf({run}), HasSubstr("broken off"));
}

TEST_F(ShowTest, EachLimitShortensWhatRemains) {
  SearchFile search = ExampleSearch();
  search.settings.generations = 100;
  RunExample(folder_ / "run", search, 2);
  RunState state = ReadRun(folder_ / "run");
  state.timing = {{0, 1000, 0}, {1, 30, 6}, {2, 20, 4}};  // 30 s each, but for the random start
  EXPECT_EQ(RemainingOf(state)->generations, 98);
  EXPECT_DOUBLE_EQ(RemainingOf(state)->seconds, 98 * 30);
  state.cost_of_next = 5;  // of 10
  EXPECT_DOUBLE_EQ(RemainingOf(state)->seconds, 97.5 * 30);
  state.cost_of_next = 0;
  state.search.settings.hours = 0.5;  // 740 s are left
  EXPECT_EQ(RemainingOf(state)->generations, 25);
  state.cost_of_last = 10;
  state.cost = 32;
  state.search.settings.evaluations = 100;
  EXPECT_EQ(RemainingOf(state)->generations, 7);
  state.ended = "x";
  EXPECT_FALSE(RemainingOf(state));
}

TEST_F(ShowTest, IndividualsOfTheGenerationThatIsBeingEvaluated) {
  const Fitness breaking = [count = 0](std::span<const Genome> genomes, int64_t,
                                       const auto& done) mutable {
    for (size_t i = 0; i < genomes.size(); ++i) {
      if (count++ == 12 + 3) throw InterruptedError("enough");
      done(i, 0.5 + genomes[i][0] / 1000.0);
    }
  };
  EXPECT_THROW(RunExample(folder_ / "run", ExampleSearch(), 4, breaking), Error);
  EXPECT_THAT(OutputOf({folder_ / "run"}),
              HasSubstr("0 of 4; 3 of at most 10 individuals of generation 1 trained\n"));
  EXPECT_THAT(OutputOf({folder_ / "run"}), ContainsRegex("trained +15 individuals"));
}

TEST_F(ShowTest, FirstLooksCountByTheirShareAndSayWhatTheyCost) {
  SearchFile search = ExampleSearch();
  search.settings.first_looks = 1;
  search.settings.look_check = 2;
  RunExample(folder_ / "run", search, 3);
  const std::string output = OutputOf({folder_ / "run"});
  EXPECT_THAT(output, ContainsRegex("trained +[0-9.]+ whole trainings' worth"));
  EXPECT_THAT(output,
              ContainsRegex("first looks +1/3 of the training; rank correlation 1.00 with the "
                            "whole training; the best "
                            "survivor is 0.0000 below the best of all .generation 2."));
}

TEST_F(ShowTest, SharesOfLayers) {
  SearchFile search = ExampleSearch();
  RunExample(folder_ / "run", search, 10);
  const std::string output = OutputOf({folder_ / "run"});
  const Genome best = ReadRun(folder_ / "run").population->Best().genome;
  const auto found = std::ranges::count_if(best, [](int32_t column) { return column < 20; });
  ASSERT_GE(found, 7);  // fitness asks for them
  EXPECT_THAT(output,
              ContainsRegex(fmt::format("\n    a +20 +2.0 +{} +{:.2f} +[0-9.]+ +[0-9.e-]+ \\*\n",
                                        found, static_cast<double>(found) / 2)));
  EXPECT_THAT(output, ContainsRegex("\n  b0 +50 +5.0 "));
}

TEST_F(ShowTest, SelectedOnTestIsSaidWhereverANumberIs) {
  SearchFile search = ExampleSearch();
  search.selected_on = "test";
  RunExample(folder_ / "a", search, 2);
  RunExample(folder_ / "b", ExampleSearch(), 2);
  const std::string output = OutputOf({folder_ / "a", folder_ / "b"}, folder_ / "x.svg");
  EXPECT_THAT(output, ContainsRegex("fitness +accuracy on the test rows: selected on test"));
  EXPECT_THAT(output, ContainsRegex("best so far +[0-9.]+ .selected on test"));
  EXPECT_THAT(output, HasSubstr("the best of generation 2 (selected on test)"));
  EXPECT_THAT(output, HasSubstr("stability of 2 selections (some selected on test)"));
  EXPECT_THAT(ReadFile(folder_ / "x.svg"),
              HasSubstr("a: accuracy on the test rows: selected on test"));
}

TEST_F(ShowTest, StabilityOfRuns) {
  SearchFile other = ExampleSearch();
  other.seed = 8;
  RunExample(folder_ / "a", ExampleSearch(), 2);
  RunExample(folder_ / "b", ExampleSearch(), 2);
  RunExample(folder_ / "c", other, 2);
  const std::string same = OutputOf({folder_ / "a", folder_ / "b"});
  EXPECT_THAT(same, ContainsRegex("Jaccard +1.0000 +0.05"));
  EXPECT_THAT(same, ContainsRegex("Kuncheva +1.0000 +0.0000 .- 0.1005"));
  EXPECT_THAT(same, ContainsRegex("Nogueira +1.0000 .*needs three runs"));
  EXPECT_THAT(OutputOf({folder_ / "a", folder_ / "b", folder_ / "c"}),
              ContainsRegex("Nogueira +0.[0-9]+ .*95 %: -?0.[0-9]+ to "));
  EXPECT_THAT(OutputOf({folder_ / "a"}), Not(HasSubstr("stability")));

  fs::create_directories(folder_ / "new");
  WriteSearchFile(folder_ / "new" / kSearchFile, ExampleSearch());
  EXPECT_THAT(OutputOf({folder_ / "a", folder_ / "new"}),
              HasSubstr("new: no generation is finished yet; left out"));
}

TEST_F(ShowTest, OtherColumnsAreRefusedByName) {
  RunExample(folder_ / "a", ExampleSearch(), 1);
  SearchFile search = ExampleSearch();
  search.layers.push_back({"b7", "d", 5});
  RunExample(folder_ / "layers", search, 1);
  const std::string message = ErrorOf({folder_ / "a", folder_ / "layers"});
  EXPECT_THAT(message, HasSubstr(PathText(folder_ / "layers")));
  EXPECT_THAT(message, HasSubstr("100 of mg, b0; 105 of mg, b0, b7"));
  search = ExampleSearch();
  search.features[1] = "other weights";
  RunExample(folder_ / "features", search, 1);
  EXPECT_THAT(ErrorOf({folder_ / "a", folder_ / "features"}),
              HasSubstr("select from different columns"));
}

TEST_F(ShowTest, PlotsAndSaysWhereThereIsNothingToPlot) {
  RunExample(folder_ / "run", ExampleSearch(), 3);
  OutputOf({folder_ / "run", folder_ / "run"}, folder_ / "x.html");
  const std::string html = ReadFile(folder_ / "x.html");
  EXPECT_THAT(html, testing::StartsWith("<!doctype html>"));
  EXPECT_THAT(html, HasSubstr("10 of 100 columns"));
  fs::create_directories(folder_ / "new");
  WriteSearchFile(folder_ / "new" / kSearchFile, ExampleSearch());
  EXPECT_THAT(ErrorOf({folder_ / "new"}, folder_ / "y.svg"),
              HasSubstr("no generation is finished yet"));
  EXPECT_FALSE(fs::exists(folder_ / "y.svg"));
  Violations violations;
  Validate(ShowConfig{{folder_}, "x.png"}, violations);
  EXPECT_EQ(violations.size(), 1u);
}

TEST_F(ShowTest, WhatIsNoRun) {
  EXPECT_THAT(ErrorOf({folder_ / "missing"}), HasSubstr("missing: no such folder"));
  EXPECT_THAT(ErrorOf({folder_}), HasSubstr("holds no run (search.json is missing)"));
  PublishBytes(folder_ / "file", "x");
  EXPECT_THAT(ErrorOf({folder_ / "file"}), HasSubstr("no such folder"));
  RunExample(folder_ / "run", ExampleSearch(), 1);
  fs::remove(folder_ / "run" / kSearchFile);
  EXPECT_THAT(ErrorOf({folder_ / "run"}),
              HasSubstr("the same kallos-ga run command writes it anew"));
}

TEST_F(ShowTest, DamagedFilesAreNamed) {
  for (const char* file :
       {kSearchFile, kCheckpoint, kEvaluations, kHistory, kTiming, kResultFile}) {
    SearchFile search = ExampleSearch();
    search.settings.generations = 0;
    RunExample(folder_ / "run", search, 0);
    WriteExampleResult(folder_ / "run", 0);
    Damage(file);
    EXPECT_THAT(ErrorOf({folder_ / "run"}), HasSubstr(PathText(folder_ / "run" / file)));
    fs::remove_all(folder_ / "run");
  }
  SearchFile search = ExampleSearch();
  RunExample(folder_ / "run", search, 1);
  search.key = "other";
  WriteSearchFile(folder_ / "run" / kSearchFile, search);
  EXPECT_THAT(ErrorOf({folder_ / "run"}),
              HasSubstr("checkpoint.h5: is of another search than search.json"));
}

TEST_F(ShowTest, ReadsWhileARunWrites) {
  SearchFile search = ExampleSearch();
  search.settings.generations = 10;
  const fs::path run = folder_ / "run";
  RunExample(run, search, 0);
  std::atomic<bool> done = false;
  std::thread writer([&] {
    RunExample(run, search, 10);
    done = true;
  });
  int64_t last = 0;
  int reads = 0;
  for (; !done; ++reads) {
    const RunState state = ReadRun(run);
    EXPECT_GE(state.history.back().generation, last);
    EXPECT_LE(state.population->generation, 10);
    last = state.history.back().generation;
  }
  writer.join();
  EXPECT_GT(reads, 0);
  EXPECT_EQ(ReadRun(run).history.size(), 11u);
}

}  // namespace
}  // namespace kallos::ga
