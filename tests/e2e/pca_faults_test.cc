// Faults during kallos-pca fit and transform: the same command again ends with the bytes of an
// undisturbed run.
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

// A command, and what an undisturbed run of it leaves.
struct Job {
  std::string name;
  Words words;       // without --out
  std::string file;  // --out is this in the folder of the run; "" = the folder itself
  double seconds = 0;
  std::map<std::string, std::string> content{};
};

class PcaFaults : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = MakeTestFolder("pca-faults");
    const Matrix<float> values = pca::PlantedRows(6000, 120, {9, 7, 5, 4, 3, 2, 1, 0.5}, 1);
    pca::WriteStore(folder_ / "store", values, 500);
    const Words fit = {"kallos-pca",   "fit", "--features",           folder_ / "store",
                       "--components", "8",   "--checkpoint-seconds", "0"};
    jobs_ = {
        {"exact", fit, "pca.h5"},
        {"randomized", With(fit, {"--method", "randomized"}), "pca.h5"},
        {"ica", With(fit, {"--method", "ica", "--max-iterations", "20", "--tolerance", "1e-12"}),
         "pca.h5"},
        {"transform",
         {"kallos-pca", "transform", "--features", folder_ / "store", "--model",
          folder_ / "exact-reference/pca.h5", "--rows-per-shard", "100"},
         ""}};
    for (Job& job : jobs_) {
      const std::string out = job.name + "-reference";
      const double start = Seconds();
      const Outcome outcome = RunProgram(Command(job, out));
      job.seconds = Seconds() - start;
      ASSERT_EQ(outcome.code, 0) << outcome.output;
      job.content = ContentOf(folder_ / out);
    }
  }
  static void TearDownTestSuite() {
    jobs_.clear();
    fs::remove_all(folder_);
  }

  static Words With(Words words, const Words& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  static Words Command(const Job& job, const std::string& out, const Words& more = {}) {
    const fs::path path = folder_ / out;
    return With(With(job.words, {"--out", job.file.empty() ? path : path / job.file}), more);
  }
  static Words Command(const std::string& out, const Words& more = {}) {
    return Command(jobs_[0], out, more);
  }

  // Nothing but the results are left, byte for byte. Returns what the program said.
  static std::string ExpectRecovers(const Job& job, const std::string& out,
                                    const Words& more = {}) {
    const Outcome outcome = RunProgram(Command(job, out, more));
    EXPECT_EQ(outcome.code, 0) << outcome.output;
    auto found = ContentOf(folder_ / out);
    auto expected = job.content;
    for (const char* name : {"pca.h5.run.yaml", ".pca.h5.lock"}) {  // times and pids
      found.erase(name);
      expected.erase(name);
    }
    EXPECT_EQ(Difference(expected, found), "") << job.name;
    return outcome.output;
  }
  static void ExpectRecovers(const std::string& out, const Words& more = {}) {
    ExpectRecovers(jobs_[0], out, more);
  }

  // Sends SIGINT as soon as `sign` is there, below the folder of the run; returns what the next run
  // said.
  static std::string InterruptAt(const Job& job, const std::string& sign) {
    const std::string out = fmt::format("{}-interrupt-{}", job.name, sign);
    Program program(Command(job, out));
    EXPECT_TRUE(WaitForFile(folder_ / out / sign)) << job.name;
    program.Signal(SIGINT);
    const Outcome outcome = program.Wait(5);
    EXPECT_TRUE(outcome.code == 130 || outcome.code == 0)
        << outcome.output;  // 0: it was in its last step
    const std::string again = ExpectRecovers(job, out);
    if (outcome.code == 0) return "finished";
    EXPECT_THAT(outcome.output, HasSubstr("the same command again goes on"));
    return again;
  }

  static inline fs::path folder_;
  static inline std::vector<Job> jobs_;
};

TEST_F(PcaFaults, KilledAtRandomMoments) {
  for (size_t j = 0; j < jobs_.size(); ++j) {
    const Job& job = jobs_[j];
    const int trials = j == 0 ? FaultTrials() : (FaultTrials() + 1) / 2;
    int killed = 0;
    for (int trial = 0; trial < trials; ++trial) {
      Stream stream(1, "e2e/kill-pca", j, static_cast<uint64_t>(trial));
      const std::string out = fmt::format("{}-kill{}", job.name, trial);
      const uint64_t kills = 1 + stream.Below(3);
      for (uint64_t k = 0; k < kills; ++k)
        killed += RunAndKill(Command(job, out), stream.Uniform(0, job.seconds)).code == -SIGKILL;
      ExpectRecovers(job, out, {"--threads", trial % 2 == 0 ? "2" : "1"});
    }
    std::printf("pca %s: %d kills in %d trials recovered\n", job.name.c_str(), killed, trials);
    EXPECT_GT(killed, 0) << job.name;
  }
}

TEST_F(PcaFaults, CrashAtEveryPoint) {
  for (const std::string point :
       {"after_tmp_write", "before_rename", "after_rename", "after_pca_checkpoint"}) {
    const std::string out = "crash-" + point;
    EXPECT_EQ(RunProgram(Command(out), {{{"KALLOS_CRASH_AT", point}}, {}}).code, -SIGABRT) << point;
    ExpectRecovers(out);
  }
}

TEST_F(PcaFaults, InterruptedEndsSoonAndResumes) {
  const auto went_on = [](const std::string& how) {
    return testing::AnyOf("finished", HasSubstr(how));
  };
  EXPECT_THAT(InterruptAt(jobs_[0], "pca.h5.partial"), went_on("going on after"));
  EXPECT_THAT(InterruptAt(jobs_[1], "pca.h5.partial"), went_on("of 17 passes"));
  const auto fits_once = testing::AllOf(HasSubstr("going on after the PCA"),
                                        testing::Not(HasSubstr("numerical rank")));
  EXPECT_THAT(InterruptAt(jobs_[2], "pca.h5.partial-pca"), testing::AnyOf("finished", fits_once));
  EXPECT_THAT(InterruptAt(jobs_[2], "pca.h5.partial-ica"), went_on("of 20 iterations"));
  InterruptAt(jobs_[3], "shard-00000.h5");
}

TEST_F(PcaFaults, FreshForgetsWhatAnotherFitLeft) {
  for (const size_t j : {size_t{1}, size_t{2}}) {
    const Job& job = jobs_[j];
    const std::string out = job.name + "-other";
    const Words seed = {"--seed", "7"};
    EXPECT_EQ(
        RunProgram(Command(job, out, seed), {{{"KALLOS_CRASH_AT", "after_pca_checkpoint"}}, {}})
            .code,
        -SIGABRT);
    const Outcome refused = RunProgram(Command(job, out));
    EXPECT_EQ(refused.code, 3);
    EXPECT_THAT(refused.output, HasSubstr("--fresh starts over"));
    ExpectRecovers(job, out, {"--fresh"});
  }
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
      {{"--features", store, "--out", out},
       2,
       "give exactly one of --components, --variance and --half"},
      {{"--features", store, "--half", "--components", "2", "--out", out}, 2, "exactly one"},
      {{"--features", store, "--components", "121", "--out", out}, 3, "have at most 120"},
      {{"--features", store, "--components", "100", "--out", out}, 3, "span only 8 directions"},
      {{"--features", store, "--components", "2", "--memory", "0.0001", "--out", out},
       4,
       "allowed by --memory"},
      {{"--features", store, "--components", "2", "--contrast", "exp", "--out", out},
       2,
       "belongs to --method ica"},
      {{"--features", store, "--components", "2", "--method", "randomised", "--out", out},
       2,
       "randomized"},
      {{"--features", store, "--components", "2", "--device", "cuda:99", "--out", out},
       4,
       "use --device cpu"},
      {{"--features", store, "--components", "2", "--method", "randomized", "--device", "cuda",
        "--out", out},
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
