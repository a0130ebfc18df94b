// Faults during kallos-ga run: the same command again ends with the bytes of an undisturbed run.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "lib/core/file.h"
#include "lib/core/rng.h"
#include "tests/e2e/command.h"
#include "tests/pca/planted_store.h"

namespace kallos::e2e {
namespace {

using testing::HasSubstr;

std::string SplitOf(size_t row) {
  return row % 5 == 0 ? "test" : row % 5 == 1 ? "val" : "train";
}

class GaFaults : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = MakeTestFolder("ga-faults");
    Matrix<float> values(400, 60);  // the first 6 columns tell the class
    for (size_t i = 0; i < values.rows(); ++i) {
      Stream stream(1, "test/ga-faults", i);
      for (size_t j = 0; j < values.columns(); ++j)
        values(i, j) = static_cast<float>(stream.Normal() + (j < 6 && i % 2 == 1 ? 0.8 : 0));
    }
    pca::WriteStore(folder_ / "store", values, 100, SplitOf);
    const double start = Seconds();
    const Outcome outcome = RunProgram(Command("reference"));
    seconds_ = Seconds() - start;
    ASSERT_EQ(outcome.code, 0) << outcome.output;
    reference_ = Content("reference");
  }
  static void TearDownTestSuite() { fs::remove_all(folder_); }

  static Words Command(const std::string& out, const Words& more = {}) {
    Words words = {"kallos-ga",     "run",   "--features",   folder_ / "store",
                   "--select",      "12",    "--population", "16",
                   "--parents",     "8",     "--keep",       "0.7",
                   "--hidden",      "64,16", "--dropout",    "0.2,0.2",
                   "--generations", "4",     "--epochs",     "12",
                   "--batch",       "32",    "--out",        folder_ / out};
    for (size_t i = 0; i + 1 < more.size(); i += 2) {  // flag and value, which replaces that above
      const auto given = std::ranges::find(words, more[i]);
      if (given != words.end()) {
        given[1] = more[i + 1];
      } else {
        words.insert(words.end(), {more[i], more[i + 1]});
      }
    }
    return words;
  }

  // All files but those that hold times.
  static std::map<std::string, std::string> Content(const std::string& out) {
    auto content = ContentOf(folder_ / out);
    std::erase_if(content, [](const auto& file) {
      return file.first == "timing.csv" || file.first == "result.json" ||
             file.first.ends_with("run.yaml");
    });
    return content;
  }

  static void ExpectRecovers(const std::string& out, const Words& more = {}) {
    const Outcome outcome = RunProgram(Command(out, more));
    EXPECT_EQ(outcome.code, 0) << outcome.output;
    EXPECT_EQ(Difference(reference_, Content(out)), "");
  }

  static inline fs::path folder_;
  static inline std::map<std::string, std::string> reference_;
  static inline double seconds_ = 0;
};

TEST_F(GaFaults, KilledAtRandomMoments) {
  int killed = 0;
  for (int trial = 0; trial < FaultTrials(); ++trial) {
    Stream stream(1, "e2e/kill-ga", static_cast<uint64_t>(trial));
    const std::string out = fmt::format("kill{}", trial);
    const uint64_t kills = 1 + stream.Below(3);
    for (uint64_t k = 0; k < kills; ++k)
      killed += RunAndKill(Command(out), stream.Uniform(0, seconds_)).code == -SIGKILL;
    ExpectRecovers(out, {"--threads", trial % 2 == 0 ? "2" : "1"});
  }
  std::printf("ga: %d kills in %d trials recovered\n", killed, FaultTrials());
  EXPECT_GT(killed, 0);
}

TEST_F(GaFaults, CrashAtEveryPoint) {
  for (const std::string point :
       {"after_tmp_write", "before_rename", "after_rename", "before_ga_checkpoint"}) {
    const std::string out = "crash-" + point;
    EXPECT_EQ(RunProgram(Command(out), {{{"KALLOS_CRASH_AT", point}}, {}}).code, -SIGABRT) << point;
    ExpectRecovers(out);
  }
}

TEST_F(GaFaults, KilledWhileItStartsOver) {
  for (const std::string point : {"before_remove_folder", "before_rename"}) {
    const std::string out = "over-" + point;
    ExpectRecovers(out);
    Words words = Command(out);
    words.push_back("--fresh");
    EXPECT_EQ(RunProgram(words, {{{"KALLOS_CRASH_AT", point}}, {}}).code, -SIGABRT) << point;
    ExpectRecovers(out);
  }
}

TEST_F(GaFaults, InterruptedEndsSoonAndResumes) {
  Program program(Command("interrupt"));
  ASSERT_TRUE(WaitForFile(folder_ / "interrupt/checkpoint.h5"));
  program.Signal(SIGINT);
  const Outcome outcome = program.Wait(10);
  EXPECT_TRUE(outcome.code == 130 || outcome.code == 0)
      << outcome.output;  // 0: it was in its last step
  ExpectRecovers("interrupt");
}

TEST_F(GaFaults, FullDisk) {
  const Outcome outcome = RunProgram(Command("full"), {{}, 2000});
  EXPECT_EQ(outcome.code, 4) << outcome.output;
  ExpectRecovers("full");
}

TEST_F(GaFaults, BadInputAndSettings) {
  const std::tuple<Words, int, std::string> cases[] = {
      {{"--select", "61"}, 3, "have only 60 columns"},
      {{"--elite", "9"}, 2, "--elite 9 exceeds --parents 8"},
      {{"--window", "9"}, 2, "--window 9 exceeds --parents 8"},
      {{"--population", "4"}, 2, "--parents 8 exceeds --population 4"},
      {{"--crossover", "frequent"}, 2, "frequency"},
      {{"--generatons", "5"}, 2, "--generations"},
      {{"--lr", "1e30"}, 3, "the fitness is NaN"},
      {{"--balance", "chunks"}, 2, "weights, none or sampler"},
      {{"--first-looks", "3"}, 2, "trains 1/27 of the 12 --epochs, which is less than one"},
      {{"--first-looks", "5", "--look-by", "rows"},
       3,
       "the first look takes 1 of 243 training rows"},
      {{"--look-by", "rows"}, 2, "--look-by needs --first-looks 1 or more"},
      {{"--features", folder_ / "missing"}, 3, "missing"},
  };
  for (const auto& [flags, code, message] : cases) {
    const Outcome outcome = RunProgram(Command("bad", flags));
    EXPECT_EQ(outcome.code, code) << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr(message));
    fs::remove_all(folder_ / "bad");
  }
}

// The same command under mpirun, on this machine only.
Words UnderMpi(const std::string& ranks, const Words& command) {
  Words words = {"/usr/bin/mpirun",
                 "--allow-run-as-root",
                 "--oversubscribe",
                 "--mca",
                 "btl",
                 "self,vader",
                 "-n",
                 ranks};
  words.push_back(fs::path(KALLOS_BIN_DIR) / command[0]);
  words.insert(words.end(), command.begin() + 1, command.end());
  return words;
}

TEST_F(GaFaults, AnyNumberOfRanksGivesTheSameBytes) {
  if (!fs::exists("/usr/bin/mpirun")) GTEST_SKIP() << "mpirun is not installed";
  const Outcome outcome = RunProgram(UnderMpi("3", Command("ranks")));
  EXPECT_EQ(outcome.code, 0) << outcome.output;
  EXPECT_EQ(Difference(reference_, Content("ranks")), "");
  const Words broken = UnderMpi("2", Command("ranks-killed"));
  for (int kill = 0; kill < 2; ++kill) RunAndKill(broken, seconds_ * (0.4 + 0.3 * kill));
  ExpectRecovers("ranks-killed");
  const Outcome nan = RunProgram(UnderMpi("2", Command("ranks-bad", {"--lr", "1e30"})));
  EXPECT_NE(nan.code, 0);
  EXPECT_THAT(nan.output, HasSubstr("the fitness is NaN"));
}

TEST_F(GaFaults, FirstLooksAreTheSameAtAnyNumberOfRanksAndAfterAnyBreak) {
  for (const std::string by : {"epochs", "rows"}) {
    const Words looks = {"--first-looks", "2", "--look-factor", "2",
                         "--look-check",  "3", "--look-by",     by};
    const auto content_of = [](const std::string& out) {
      auto content = Content(out);
      std::erase_if(content, [](const auto& file) { return file.first.starts_with("head/"); });
      return content;
    };
    const std::string whole = "looks-" + by, killed = "looks-killed-" + by,
                      ranks = "looks-ranks-" + by;
    ASSERT_EQ(RunProgram(Command(whole, looks)).code, 0);
    for (const double part : {0.2, 0.5}) RunAndKill(Command(killed, looks), part * seconds_);
    EXPECT_EQ(RunProgram(Command(killed, looks)).code, 0);
    EXPECT_EQ(Difference(content_of(whole), content_of(killed)), "") << by;
    const Outcome shown = RunProgram({"kallos-ga", "show", folder_ / whole});
    EXPECT_THAT(shown.output, HasSubstr("1/4, 1/2 of the training; rank correlation "));
    if (!fs::exists("/usr/bin/mpirun")) continue;
    EXPECT_EQ(RunProgram(UnderMpi("3", Command(ranks, looks))).code, 0);
    EXPECT_EQ(Difference(content_of(whole), content_of(ranks)), "") << by;
  }
}

TEST_F(GaFaults, ACorrectedCommandGoesOnInTheSameFolder) {
  EXPECT_EQ(RunProgram(Command("corrected", {"--select", "61"})).code, 3);
  ExpectRecovers("corrected");
}

TEST_F(GaFaults, AnotherSearchIsNotMixedIn) {
  const Outcome other = RunProgram(Command("reference", {"--keep", "0.5"}));
  EXPECT_EQ(other.code, 3);
  EXPECT_THAT(other.output, HasSubstr("--fresh starts over"));
  EXPECT_EQ(Difference(reference_, Content("reference")), "");
  fs::create_directories(folder_ / "mine");
  PublishBytes(folder_ / "mine/thesis.txt", "x");
  EXPECT_EQ(RunProgram(Command("mine")).code, 3);
}

TEST_F(GaFaults, EvaluationsOfAnotherSearchAreNotTakenOver) {
  EXPECT_EQ(RunProgram(Command("first"), {{{"KALLOS_CRASH_AT", "before_ga_checkpoint"}}, {}}).code,
            -SIGABRT);
  ASSERT_FALSE(fs::exists(folder_ / "first/checkpoint.h5"));
  const Outcome other = RunProgram(Command("first", {"--epochs", "3"}));
  EXPECT_EQ(other.code, 3) << other.output;
  EXPECT_THAT(other.output,
              HasSubstr("first/search.json: of a search with other features or settings; --fresh"));
  Words again = Command("first", {"--epochs", "3"});
  again.push_back("--fresh");
  const Outcome fresh = RunProgram(again);
  EXPECT_EQ(fresh.code, 0) << fresh.output;
}

TEST_F(GaFaults, ShowSaysHowFarARunHasCome) {
  const Outcome ended = RunProgram({"kallos-ga", "show", folder_ / "reference"});
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("ended: 4 generations"));
  EXPECT_THAT(ended.output, HasSubstr("12 of 60"));
  const Outcome missing = RunProgram({"kallos-ga", "show", folder_ / "store"});
  EXPECT_EQ(missing.code, 3);
  EXPECT_THAT(missing.output, HasSubstr("holds no run"));
}

TEST_F(GaFaults, TheTestRowsCountOnlyWhereAsked) {
  EXPECT_THAT(reference_.at("selection.csv"), HasSubstr(",val\n"));
  const Outcome outcome = RunProgram(Command("on-test", {"--fitness-split", "test"}));
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.output, HasSubstr("selected on test"));
  EXPECT_THAT(ReadFile(folder_ / "on-test/selection.csv"), HasSubstr(",test\n"));
  EXPECT_THAT(ReadFile(folder_ / "on-test/result.json"), HasSubstr("\"selected_on\": \"test\""));
  EXPECT_EQ(RunProgram(Command("folds", {"--fitness-split", "folds", "--folds", "3"})).code, 0);
}

}  // namespace
}  // namespace kallos::e2e
