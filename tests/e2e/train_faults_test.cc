// Faults during kallos-train head: whatever happens, the same command again ends with the files of
// an undisturbed run.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/rng.h"
#include "tests/e2e/command.h"
#include "tests/train/example_data.h"

namespace kallos::e2e {
namespace {

using testing::HasSubstr;

class TrainFaults : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = MakeTestFolder("train-faults");
    train::WriteExampleStore(folder_ / "a", train::ExampleManifest(folder_, 400, 3), 40, 0.5);
    train::WriteExampleStore(folder_ / "b", train::ExampleManifest(folder_, 400, 3), 10, 0.5,
                             "other");
    const double start = Seconds();
    const Outcome outcome = RunProgram(Command("reference"));
    seconds_ = Seconds() - start;
    ASSERT_EQ(outcome.code, 0) << outcome.output;
    reference_ = ContentOf(folder_ / "reference");
    ASSERT_EQ(reference_.size(), 4u) << "bundle.yaml, head.safetensors, history.csv, done.txt";
  }
  static void TearDownTestSuite() { fs::remove_all(folder_); }

  using Flags = std::map<std::string, std::string>;

  // The command with some flags changed or added.
  static Words Command(const std::string& out, const Flags& changed = {}, const Words& more = {}) {
    Flags flags = {{"--out", folder_ / out}, {"--hidden", "48,16"}, {"--dropout", "0.25,0.5"},
                   {"--balance", "chunks"},  {"--epochs", "20"},    {"--batch", "16"}};
    for (const auto& [flag, value] : changed) flags[flag] = value;
    Words words = {"kallos-train", "head",       "--features",
                   folder_ / "a",  "--features", folder_ / "b"};
    for (const auto& [flag, value] : flags) words.insert(words.end(), {flag, value});
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  static void ExpectRecovers(const std::string& out, const Flags& changed = {},
                             const Words& more = {}) {
    const Outcome outcome = RunProgram(Command(out, changed, more));
    EXPECT_EQ(outcome.code, 0) << outcome.output;
    EXPECT_EQ(Difference(reference_, ContentOf(folder_ / out)), "");
  }

  static inline fs::path folder_;
  static inline std::map<std::string, std::string> reference_;
  static inline double seconds_ = 0;
};

TEST_F(TrainFaults, KilledAtRandomMoments) {
  int killed = 0;
  for (int trial = 0; trial < FaultTrials(); ++trial) {
    Stream stream(1, "e2e/kill-train", static_cast<uint64_t>(trial));
    const std::string out = fmt::format("kill{}", trial);
    const uint64_t kills = 1 + stream.Below(3);
    for (uint64_t k = 0; k < kills; ++k)
      killed += RunAndKill(Command(out), stream.Uniform(0, seconds_)).code == -SIGKILL;
    ExpectRecovers(out, {{"--threads", trial % 2 == 0 ? "2" : "1"}});
  }
  std::printf("train: %d kills in %d trials recovered\n", killed, FaultTrials());
  EXPECT_GT(killed, 0);
}

TEST_F(TrainFaults, CrashAtEveryPoint) {
  for (const std::string point :
       {"after_tmp_write", "before_rename", "after_rename", "before_bundle_index", "before_done"}) {
    const std::string out = "crash-" + point;
    EXPECT_EQ(RunProgram(Command(out), {{{"KALLOS_CRASH_AT", point}}, {}}).code, -SIGABRT) << point;
    ExpectRecovers(out);
  }
}

TEST_F(TrainFaults, InterruptedEndsSoonAndResumes) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const std::string out = fmt::format("interrupt{}", signal);
    Program program(Command(out));
    ASSERT_TRUE(WaitForFile(folder_ / out / "checkpoint-0.safetensors"));
    program.Signal(signal);
    const Outcome outcome = program.Wait(5);
    EXPECT_EQ(outcome.code, 130) << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr("the same command again"));
    ExpectRecovers(out);
  }
}

TEST_F(TrainFaults, SecondWriterIsRefused) {
  Program first(Command("two"));
  ASSERT_TRUE(WaitForFile(folder_ / "two/checkpoint-0.safetensors"));
  first.Signal(SIGSTOP);
  const Outcome second = Program(Command("two")).Wait(5);
  EXPECT_EQ(second.code, 4) << second.output;
  EXPECT_THAT(second.output, HasSubstr(fmt::format("pid {}", first.pid())));
  first.Signal(SIGKILL);
  EXPECT_EQ(first.Wait().code, -SIGKILL) << "ended before the second writer came";
  ExpectRecovers("two");
}

TEST_F(TrainFaults, FullDisk) {
  for (const size_t limit : {size_t{2000}, size_t{20000}}) {  // the checkpoint has about 55 KB
    const std::string out = fmt::format("full{}", limit);
    const Outcome outcome = RunProgram(Command(out), {{}, limit});
    EXPECT_EQ(outcome.code, 4) << limit << ": " << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr(folder_ / out)) << limit;
    ExpectRecovers(out);
  }
}

TEST_F(TrainFaults, DamagedCheckpointIsNamedAndFreshStartsOver) {
  Program program(Command("cut"));
  const fs::path checkpoint = folder_ / "cut/checkpoint-0.safetensors";
  ASSERT_TRUE(WaitForFile(checkpoint));
  program.Signal(SIGKILL);
  ASSERT_EQ(program.Wait().code, -SIGKILL);
  fs::resize_file(checkpoint, fs::file_size(checkpoint) / 2);
  const Outcome outcome = RunProgram(Command("cut"));
  EXPECT_EQ(outcome.code, 3) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("checkpoint-0.safetensors"));
  ExpectRecovers("cut", {}, {"--fresh"});
}

TEST_F(TrainFaults, BadInputAndSettings) {
  const std::tuple<Flags, int, std::string> cases[] = {
      {{{"--features", folder_ / "missing"}}, 3, "missing"},
      {{{"--manifest", folder_ / "missing.csv"}}, 3, "missing.csv"},
      {{{"--selection", folder_ / "missing.csv"}}, 3, "missing.csv"},
      {{{"--initial", folder_ / "missing"}}, 3, "missing"},
      {{{"--lr", "1e30"}, {"--scheduler", "constant"}}, 3, "lower --lr"},
      {{{"--lr", "0"}}, 2, "lr"},
      {{{"--balance", "chunk"}}, 2, "chunks"},
      {{{"--ephocs", "5"}}, 2, "did you mean"},
      {{{"--hidden", "48"}}, 2, "--hidden has 1 layers, --dropout 2"},
  };
  for (const auto& [changed, code, message] : cases) {
    const Outcome outcome = RunProgram(Command("bad", changed));
    EXPECT_EQ(outcome.code, code) << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr(message));
    EXPECT_FALSE(fs::exists(folder_ / "bad/bundle")) << message;
  }
}

TEST_F(TrainFaults, SettingsThatDoNotGoTogetherAreAllReported) {
  const Outcome outcome = RunProgram(Command("bad", {{"--scheduler", "step"},
                                                     {"--decay", "0.1"},
                                                     {"--balance", "none"},
                                                     {"--checkpoint", "per-fit"},
                                                     {"--chunk-order", "id"}}));
  EXPECT_EQ(outcome.code, 2);
  for (const char* part : {"has no --decay", "--checkpoint per-fit", "--chunk-order id"})
    EXPECT_THAT(outcome.output, HasSubstr(part));
}

}  // namespace
}  // namespace kallos::e2e
