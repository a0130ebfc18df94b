#include "eval/report/runs.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "tests/measures/example_predictions.h"

namespace kallos::report {
namespace {

using measures::MessageOf;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class RunsTest : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  void Touch(const std::string& file) const { PublishBytes(folder_ / file, "x"); }
  std::vector<std::string> NamesOf(const std::vector<fs::path>& given) const {
    std::vector<std::string> names;
    for (const auto& run : FindRuns(given)) names.push_back(run.name);
    return names;
  }

  fs::path folder_ = fs::path(testing::TempDir()) / fmt::format("kallos_runs_{}", getpid());
};

TEST_F(RunsTest, KindsByTheirFiles) {
  Touch("b/metrics.json"), Touch("c/compare.json"), Touch("r/robustness.csv"),
      Touch("g/search.json");
  Touch("w/compare.csv"), Touch("h/bundle/bundle.yaml"), Touch("f/store.json"), Touch("p.h5");
  PublishBytes(folder_ / "f/run.yaml", "command: kallos-extract\n");
  Touch("r/views/k/blur-3/s/store.json");  // features of a robustness test are no run
  PublishBytes(folder_ / "p.h5.run.yaml", "command: kallos-pca fit\n");
  Touch("other/notes.txt");
  std::vector<std::string> commands;
  for (const auto& run : FindRuns({folder_}))
    commands.push_back(run.name + ": " + CommandOf(run.kind));
  EXPECT_THAT(commands, ElementsAre("b: kallos-eval benchmark", "c: kallos-eval compare",
                                    "f: kallos-extract", "g: kallos-ga run",
                                    "h: kallos-train, kallos-distill", "p.h5: kallos-pca fit",
                                    "r: kallos-eval robustness", "w: kallos-ga compare"));
}

TEST_F(RunsTest, ASearchHoldsItsHeadAndItsTest) {
  Touch("ga/search.json"), Touch("ga/head/bundle/bundle.yaml"), Touch("ga/test/metrics.json");
  EXPECT_THAT(NamesOf({folder_ / "ga"}), ElementsAre("ga", "ga/head", "ga/test"));
  Touch("ways/compare.csv"), Touch("ways/seed-1/ga/head/bundle/bundle.yaml");
  EXPECT_THAT(NamesOf({folder_ / "ways"}), ElementsAre("ways"));
}

TEST_F(RunsTest, RunsOfOneNameAreToldApart) {
  Touch("x/eval/metrics.json"), Touch("y/eval/metrics.json"), Touch("y/z/metrics.json");
  EXPECT_THAT(NamesOf({folder_ / "x/eval", folder_ / "y"}), ElementsAre("x/eval", "y/eval", "z"));
  EXPECT_THAT(NamesOf({folder_ / "x/eval/"}), ElementsAre("eval"));
}

TEST_F(RunsTest, WhatHoldsNoRunIsNamedWithWhatWasLookedFor) {
  Touch("photos/a.jpg");
  EXPECT_THAT(
      MessageOf([&] { FindRuns({folder_ / "photos"}); }),
      AllOf(HasSubstr("photos: holds no run"), HasSubstr("metrics.json (kallos-eval benchmark)")));
  EXPECT_THAT(MessageOf([&] { FindRuns({folder_ / "photos/a.jpg"}); }),
              HasSubstr("a.jpg: holds no run"));
  EXPECT_THAT(MessageOf([&] { FindRuns({folder_ / "typo"}); }), HasSubstr("typo: no such folder"));
}

TEST_F(RunsTest, TwiceIsRefused) {
  Touch("b/metrics.json");
  EXPECT_THAT(MessageOf(
                  [&] {
                    FindRuns({folder_ / "b", folder_});
                  },
                  ErrorKind::kUsage),
              HasSubstr("b is given twice"));
}

TEST_F(RunsTest, LinksAreFollowedOnce) {
  Touch("runs/b/metrics.json"), Touch("elsewhere/e/metrics.json");
  fs::create_directory_symlink(folder_ / "runs", folder_ / "runs/b/loop");
  fs::create_directory_symlink("self", folder_ / "runs/self");
  fs::create_directory_symlink("gone", folder_ / "runs/nowhere");
  fs::create_directory_symlink(folder_ / "runs/b", folder_ / "runs/again");
  fs::create_directory_symlink(folder_ / "elsewhere/e", folder_ / "runs/link");
  EXPECT_THAT(NamesOf({folder_ / "runs"}), ElementsAre("b", "e"));
}

TEST_F(RunsTest, AFolderAmongSeveralModelsHasItsModelsName) {
  Touch("paper/metrics.json"), Touch("paper/a_b _i_$x$/metrics.json"),
      Touch("paper/plain/metrics.json");
  const std::string record =
      "command: kallos-eval benchmark\nconfig:\n  names: [\"a|b <i>$x$\", plain]\n";
  for (const char* folder : {"paper", "paper/a_b _i_$x$", "paper/plain"})
    PublishBytes(folder_ / folder / "run.yaml", record);
  EXPECT_THAT(NamesOf({folder_ / "paper"}),
              ElementsAre("paper", "paper/a|b <i>$x$", "paper/plain"));
}

}  // namespace
}  // namespace kallos::report
