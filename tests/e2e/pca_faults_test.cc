// Faults during kallos-pca fit: the same command again ends with the bytes of an undisturbed run.
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

class PcaFaults : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = MakeTestFolder("pca-faults");
    const Matrix<float> values = pca::PlantedRows(6000, 120, {9, 7, 5, 4, 3, 2, 1, 0.5}, 1);
    pca::WriteStore(folder_ / "store", values, 500);
    const double start = Seconds();
    const Outcome outcome = RunProgram(Command("reference"));
    seconds_ = Seconds() - start;
    ASSERT_EQ(outcome.code, 0) << outcome.output;
    reference_ = ContentOf(folder_ / "reference");
  }
  static void TearDownTestSuite() { fs::remove_all(folder_); }

  static Words Command(const std::string& out, const Words& more = {}) {
    Words words = {"kallos-pca",           "fit", "--features", folder_ / "store",       "--components", "8",
                   "--checkpoint-seconds", "0",   "--out",      folder_ / out / "pca.h5"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  // Nothing but the model is left, byte for byte.
  static void ExpectRecovers(const std::string& out, const Words& more = {}) {
    const Outcome outcome = RunProgram(Command(out, more));
    EXPECT_EQ(outcome.code, 0) << outcome.output;
    auto found = ContentOf(folder_ / out);
    auto expected = reference_;
    for (const char* name : {"pca.h5.run.yaml", ".pca.h5.lock"}) {  // times and pids
      found.erase(name);
      expected.erase(name);
    }
    EXPECT_EQ(Difference(expected, found), "");
  }

  static inline fs::path folder_;
  static inline std::map<std::string, std::string> reference_;
  static inline double seconds_ = 0;
};

TEST_F(PcaFaults, KilledAtRandomMoments) {
  int killed = 0;
  for (int trial = 0; trial < FaultTrials(); ++trial) {
    Stream stream(1, "e2e/kill-pca", static_cast<uint64_t>(trial));
    const std::string out = fmt::format("kill{}", trial);
    const uint64_t kills = 1 + stream.Below(3);
    for (uint64_t k = 0; k < kills; ++k)
      killed += RunAndKill(Command(out), stream.Uniform(0, seconds_)).code == -SIGKILL;
    ExpectRecovers(out, {"--threads", trial % 2 == 0 ? "2" : "1"});
  }
  std::printf("pca: %d kills in %d trials recovered\n", killed, FaultTrials());
  EXPECT_GT(killed, 0);
}

TEST_F(PcaFaults, CrashAtEveryPoint) {
  for (const std::string point : {"after_tmp_write", "before_rename", "after_rename", "after_pca_checkpoint"}) {
    const std::string out = "crash-" + point;
    EXPECT_EQ(RunProgram(Command(out), {{{"KALLOS_CRASH_AT", point}}, {}}).code, -SIGABRT) << point;
    ExpectRecovers(out);
  }
}

TEST_F(PcaFaults, InterruptedEndsSoonAndResumes) {
  Program program(Command("interrupt"));
  ASSERT_TRUE(WaitForFile(folder_ / "interrupt/pca.h5.partial"));
  program.Signal(SIGINT);
  const Outcome outcome = program.Wait(5);
  EXPECT_TRUE(outcome.code == 130 || outcome.code == 0) << outcome.output;  // 0: it was in its last step
  ExpectRecovers("interrupt");
}

TEST_F(PcaFaults, FullDisk) {
  for (const size_t limit : {size_t{1000}, size_t{30000}}) {
    const std::string out = fmt::format("full{}", limit);
    const Outcome outcome = RunProgram(Command(out), {{}, limit});
    EXPECT_EQ(outcome.code, 4) << limit << ": " << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr("pca.h5")) << limit;
    ExpectRecovers(out);
  }
}

TEST_F(PcaFaults, BadInputAndSettings) {
  const std::string store = folder_ / "store";
  const std::string out = folder_ / "bad/pca.h5";
  const std::tuple<Words, int, std::string> cases[] = {
      {{"--features", folder_ / "missing", "--components", "2", "--out", out}, 3, "missing"},
      {{"--features", store, "--out", out}, 2, "give exactly one of --components, --variance and --half"},
      {{"--features", store, "--half", "--components", "2", "--out", out}, 2, "exactly one"},
      {{"--features", store, "--components", "121", "--out", out}, 3, "have at most 120"},
      {{"--features", store, "--components", "100", "--out", out}, 3, "span only 8 directions"},
      {{"--features", store, "--components", "2", "--memory", "0.0001", "--out", out}, 4, "allowed by --memory"},
      {{"--features", store, "--components", "2", "--contrast", "exp", "--out", out}, 2, "belongs to --method ica"},
      {{"--features", store, "--components", "2", "--method", "randomised", "--out", out}, 2, "randomized"},
      {{"--features", store, "--components", "2", "--device", "cuda:99", "--out", out}, 4, "use --device cpu"},
      {{"--features", store, "--components", "2", "--method", "randomized", "--device", "cuda", "--out", out},
       2,
       "runs on the CPU"},
  };
  for (const auto& [flags, code, message] : cases) {
    Words words = {"kallos-pca", "fit"};
    words.insert(words.end(), flags.begin(), flags.end());
    const Outcome outcome = RunProgram(words);
    EXPECT_EQ(outcome.code, code) << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr(message));
    EXPECT_FALSE(fs::exists(out));
  }
}

TEST_F(PcaFaults, AFinishedModelIsKept) {
  ExpectRecovers("done");
  const auto time = fs::last_write_time(folder_ / "done/pca.h5");
  EXPECT_THAT(RunProgram(Command("done")).output, HasSubstr("nothing to do"));
  EXPECT_EQ(fs::last_write_time(folder_ / "done/pca.h5"), time);
  const Outcome other = RunProgram(Command("done", {"--whiten"}));
  EXPECT_EQ(other.code, 3);
  EXPECT_THAT(other.output, HasSubstr("--fresh replaces it"));
  EXPECT_EQ(RunProgram(Command("done", {"--whiten", "--fresh"})).code, 0);
}

}  // namespace
}  // namespace kallos::e2e
