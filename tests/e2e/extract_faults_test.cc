// Faults during kallos-extract: whatever happens, the same command again ends with the store of an
// undisturbed run.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/rng.h"
#include "lib/core/text.h"
#include "lib/store/feature_store.h"
#include "tests/e2e/command.h"

namespace kallos::e2e {
namespace {

using testing::HasSubstr;

class ExtractFaults : public testing::Test {
 protected:
  static constexpr int kPhotos = 26;

  static void SetUpTestSuite() {
    folder_ = MakeTestFolder("extract-faults");
    MakePhotos(folder_, kPhotos);
    const double start = Seconds();
    const Outcome outcome = RunProgram(Command("reference/store"));
    seconds_ = Seconds() - start;
    ASSERT_EQ(outcome.code, 0) << outcome.output;
    reference_ = ContentOf(folder_ / "reference/store");
    ASSERT_EQ(reference_.size(), 7u + 4u) << "shards, plan, index, manifest, skipped";
  }
  static void TearDownTestSuite() { fs::remove_all(folder_); }

  // The folders of all stores are equally deep, since the manifest inside holds relative paths.
  static Words Command(const std::string& out, const Words& more = {}) {
    Words words = {"kallos-extract", "--manifest",       folder_ / "manifest.csv",
                   "--backbone",     "mobilenet_v1_025", "--taps",
                   "multigap",       "--random-weights", "1",
                   "--resize",       "max-always:400",   "--out",
                   folder_ / out,    "--shard-rows",     "4"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  static void ExpectRecovers(const std::string& out, const Words& more = {}) {
    const Outcome outcome = RunProgram(Command(out, more));
    EXPECT_EQ(outcome.code, 0) << outcome.output;
    EXPECT_EQ(Difference(reference_, ContentOf(folder_ / out)), "");
  }

  static inline fs::path folder_;
  static inline std::map<std::string, std::string> reference_;
  static inline double seconds_ = 0;
};

std::map<fs::path, fs::file_time_type> ShardTimes(const fs::path& store) {
  std::map<fs::path, fs::file_time_type> times;
  if (!fs::exists(store)) return times;
  for (const auto& entry : fs::directory_iterator(store)) {
    if (entry.path().extension() == ".h5") times[entry.path()] = entry.last_write_time();
  }
  return times;
}

TEST_F(ExtractFaults, KilledAtRandomMoments) {
  int killed = 0;
  for (int trial = 0; trial < FaultTrials(); ++trial) {
    Stream stream(1, "e2e/kill-extract", static_cast<uint64_t>(trial));
    const std::string out = fmt::format("kill{}/store", trial);
    const uint64_t kills = 1 + stream.Below(3);
    for (uint64_t k = 0; k < kills; ++k)
      killed += RunAndKill(Command(out), stream.Uniform(0, seconds_)).code == -SIGKILL;
    const auto before = ShardTimes(folder_ / out);
    ExpectRecovers(out, trial % 2 == 0 ? Words{} : Words{"--threads", "1"});
    const auto after = ShardTimes(folder_ / out);
    for (const auto& [shard, time] : before)
      EXPECT_EQ(after.at(shard), time) << shard << " was computed again";
  }
  std::printf("extract: %d kills in %d trials recovered\n", killed, FaultTrials());
  EXPECT_GT(killed, 0);
}

TEST_F(ExtractFaults, CrashAtEveryPoint) {
  for (const std::string point :
       {"after_tmp_write", "before_rename", "after_rename", "before_manifest"}) {
    const std::string out = "crash-" + point + "/store";
    EXPECT_EQ(RunProgram(Command(out), {{{"KALLOS_CRASH_AT", point}}, {}}).code, -SIGABRT) << point;
    ExpectRecovers(out);
  }
}

TEST_F(ExtractFaults, SameBytesAtAnyThreadCount) {
  for (const char* threads : {"1", "2", "5"})
    ExpectRecovers(std::string("threads") + threads + "/store", {"--threads", threads});
}

TEST_F(ExtractFaults, PartsMerge) {
  for (const char* part : {"3/3", "1/3"}) {
    const Outcome outcome = RunProgram(Command("parts/store", {"--part", part}));
    ASSERT_EQ(outcome.code, 0) << outcome.output;
    EXPECT_FALSE(fs::exists(folder_ / "parts/store/store.json"));
  }
  ExpectRecovers("parts/store", {"--part", "2/3"});
}

TEST_F(ExtractFaults, ReaderSeesAnUnfinishedStoreAsSuch) {
  ASSERT_EQ(RunProgram(Command("half/store", {"--part", "1/2"})).code, 0);
  try {
    store::FeatureStore unfinished(folder_ / "half/store");
    FAIL() << "an unfinished store was opened";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    EXPECT_THAT(error.what(), HasSubstr("4 of 7 shards"));
  }
}

TEST_F(ExtractFaults, InterruptedEndsSoonAndResumes) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const std::string out = fmt::format("interrupt{}/store", signal);
    Program program(Command(out, {"--threads", "1"}));
    ASSERT_TRUE(WaitForFile(folder_ / out / "shard-00001.h5"));
    program.Signal(signal);
    const Outcome outcome = program.Wait(5);
    EXPECT_EQ(outcome.code, 130) << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr("the same command again"));
    ExpectRecovers(out);
  }
}

TEST_F(ExtractFaults, SecondWriterIsRefused) {
  Program first(Command("two/store", {"--threads", "1"}));
  ASSERT_TRUE(WaitForFile(folder_ / "two/store/shard-00000.h5"));
  first.Signal(SIGSTOP);
  const Outcome second = Program(Command("two/store")).Wait(2);
  EXPECT_EQ(second.code, 4) << second.output;
  EXPECT_THAT(second.output, HasSubstr(fmt::format("pid {}", first.pid())));
  first.Signal(SIGKILL);
  EXPECT_EQ(first.Wait().code, -SIGKILL) << "ended before the second writer came";
  ExpectRecovers("two/store");
}

TEST_F(ExtractFaults, FullDisk) {
  for (const size_t limit : {size_t{2000}, size_t{9000}, size_t{20000}}) {
    const std::string out = fmt::format("full{}/store", limit);
    const Outcome outcome = RunProgram(Command(out), {{}, limit});
    EXPECT_EQ(outcome.code, 4) << limit << ": " << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr(folder_ / out)) << limit;
    ExpectRecovers(out);
  }
}

TEST_F(ExtractFaults, TruncatedShardIsNamedAndMadeAgain) {
  fs::create_directories(folder_ / "cut");
  fs::copy(folder_ / "reference/store", folder_ / "cut/store");
  const fs::path shard = folder_ / "cut/store/shard-00002.h5";
  fs::resize_file(shard, fs::file_size(shard) / 2);
  const Outcome outcome = RunProgram(Command("cut/store"));
  EXPECT_EQ(outcome.code, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("shard-00002.h5: damaged"));
  ExpectRecovers("cut/store");
}

TEST_F(ExtractFaults, PhotographsThatCameBackAreTakenIn) {
  const fs::path photo = folder_ / "photos/p003.jpg";
  ASSERT_TRUE(fs::exists(photo));
  fs::rename(photo, folder_ / "away.jpg");
  const Outcome without = RunProgram(Command("back/store"));
  fs::rename(folder_ / "away.jpg", photo);
  EXPECT_EQ(without.code, 0) << without.output;
  EXPECT_THAT(without.output, HasSubstr("unreachable"));
  const auto before = ShardTimes(folder_ / "back/store");
  ExpectRecovers("back/store");
  const auto after = ShardTimes(folder_ / "back/store");
  int again = 0;
  for (const auto& [shard, time] : before) again += after.at(shard) != time;
  EXPECT_EQ(again, 1) << "only the shard that lacked it";
}

TEST_F(ExtractFaults, SomebodyElsesFilesAreNotOverwritten) {
  fs::create_directories(folder_ / "mine");
  fs::copy(folder_ / "manifest.csv", folder_ / "mine/manifest.csv");
  const std::string manifest = ReadFile(folder_ / "mine/manifest.csv");
  for (const Words& more : {Words{}, Words{"--fresh"}}) {
    const Outcome outcome = RunProgram(Command("mine", more));
    EXPECT_EQ(outcome.code, 3) << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr("give another --out"));
    EXPECT_EQ(ReadFile(folder_ / "mine/manifest.csv"), manifest);
  }
}

TEST_F(ExtractFaults, AnotherPixelLimitIsNotMixedIn) {
  ASSERT_EQ(RunProgram(Command("limit/store", {"--max-pixels", "1000000"})).code, 0);
  const Outcome outcome = RunProgram(Command("limit/store", {"--max-pixels", "2000000"}));
  EXPECT_EQ(outcome.code, 3) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("max-pixels 1000000 there"));
}

TEST_F(ExtractFaults, AnotherExtractorIsNotMixedIn) {
  ASSERT_EQ(RunProgram(Command("mix/store")).code, 0);
  const Outcome outcome = RunProgram(Command("mix/store", {"--exif", "ignore"}));
  EXPECT_EQ(outcome.code, 3) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("--fresh"));
  const Outcome fresh = RunProgram(Command("mix/store", {"--exif", "ignore", "--fresh"}));
  EXPECT_EQ(fresh.code, 0) << fresh.output;
}

}  // namespace
}  // namespace kallos::e2e
