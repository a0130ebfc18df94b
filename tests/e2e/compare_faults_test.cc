// Faults during kallos-ga compare: the same command again ends with the files of an undisturbed
// run, seconds aside.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "lib/core/csv.h"
#include "lib/core/file.h"
#include "lib/core/rng.h"
#include "tests/e2e/command.h"
#include "tests/train/example_data.h"

namespace kallos::e2e {
namespace {

using testing::HasSubstr;

class CompareFaults : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = MakeTestFolder("compare-faults");
    train::WriteExampleStore(folder_ / "s", train::ExampleManifest(folder_, 320), 40, 1);
    const double start = Seconds();
    const Outcome outcome = RunProgram(Command("reference"));
    seconds_ = Seconds() - start;
    ASSERT_EQ(outcome.code, 0) << outcome.output;
    reference_ = Content("reference");
    ASSERT_TRUE(reference_.contains("seed-2/l1/predictions.csv"));
  }
  static void TearDownTestSuite() { fs::remove_all(folder_); }

  static Words Command(const std::string& out, const Words& more = {}) {
    Words words = {"kallos-ga",     "compare",
                   "--features",    folder_ / "s",
                   "--out",         folder_ / out,
                   "--select",      "6",
                   "--population",  "12",
                   "--parents",     "6",
                   "--generations", "4",
                   "--hidden",      "16,8",
                   "--dropout",     "0.2,0.2",
                   "--epochs",      "6",
                   "--batch",       "16",
                   "--lr",          "0.01",
                   "--seed",        "1",
                   "--seeds",       "2",
                   "--methods",     "ga,random,anova,l1,all"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  // Without what holds seconds: of timing.csv, result.json and table.md there is the name, of the
  // tables all but a column.
  static std::map<std::string, std::string> Content(const std::string& out) {
    std::map<std::string, std::string> content = ContentOf(folder_ / out);
    for (auto& [name, text] : content) {
      if (name.ends_with("timing.csv") || name.ends_with("result.json") ||
          name.ends_with("table.md"))
        text = "";
    }
    for (const std::string name : {"compare.csv", "pairs.csv"}) {
      CsvTable table = ReadCsv(folder_ / out / name);
      for (auto& row : table.rows) row[*table.Find("seconds")] = "";
      content[name] = FormatCsv(table);
    }
    return content;
  }

  static void ExpectRecovers(const std::string& out, const Words& more = {}) {
    const Outcome outcome = RunProgram(Command(out, more));
    ASSERT_EQ(outcome.code, 0) << outcome.output;
    EXPECT_EQ(Difference(reference_, Content(out)), "");
  }

  static inline fs::path folder_;
  static inline std::map<std::string, std::string> reference_;
  static inline double seconds_ = 0;
};

TEST_F(CompareFaults, KilledAtRandomMoments) {
  int killed = 0;
  for (int trial = 0; trial < FaultTrials(); ++trial) {
    Stream stream(1, "e2e/kill-compare", static_cast<uint64_t>(trial));
    const std::string out = fmt::format("kill{}", trial);
    const uint64_t kills = 1 + stream.Below(3);
    for (uint64_t k = 0; k < kills; ++k)
      killed += RunAndKill(Command(out), stream.Uniform(0, seconds_)).code == -SIGKILL;
    ExpectRecovers(out, {"--threads", trial % 2 == 0 ? "2" : "1"});
  }
  std::printf("compare: %d kills in %d trials recovered\n", killed, FaultTrials());
  EXPECT_GT(killed, 0);
}

TEST_F(CompareFaults, CrashAtEveryPoint) {
  for (const std::string point : {"after_tmp_write", "before_rename", "after_rename",
                                  "before_ga_checkpoint", "before_done", "before_compare_result"}) {
    const std::string out = "crash-" + point;
    EXPECT_EQ(RunProgram(Command(out), {{{"KALLOS_CRASH_AT", point}}, {}}).code, -SIGABRT) << point;
    ExpectRecovers(out);
  }
}

TEST_F(CompareFaults, KilledWhileItStartsOver) {
  for (const std::string point : {"before_remove_folder", "before_rename"}) {
    const std::string out = "over-" + point;
    ExpectRecovers(out);
    Words words = Command(out);
    words.push_back("--fresh");
    EXPECT_EQ(RunProgram(words, {{{"KALLOS_CRASH_AT", point}}, {}}).code, -SIGABRT) << point;
    ExpectRecovers(out);
  }
}

TEST_F(CompareFaults, InterruptedEndsSoonAndResumes) {
  Program program(Command("interrupt"));
  ASSERT_TRUE(WaitForFile(folder_ / "interrupt/seed-1/ga/checkpoint.h5"));
  program.Signal(SIGINT);
  const Outcome outcome = program.Wait(10);
  EXPECT_EQ(outcome.code, 130) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("the same command again"));
  ExpectRecovers("interrupt");
}

}  // namespace
}  // namespace kallos::e2e
