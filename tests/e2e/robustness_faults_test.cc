// kallos-eval robustness: what it says, and faults during it, after which the same command ends
// with the files of an undisturbed run.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <set>

#include "lib/core/csv.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/rng.h"
#include "lib/image/image.h"
#include "tests/e2e/command.h"

namespace kallos::e2e {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class RobustnessFaults : public testing::Test {
 protected:
  static constexpr int kPhotos = 40;  // more than are judged between two looks at the disk

  static void SetUpTestSuite() {
    folder_ = MakeTestFolder("robustness-faults");
    MakePhotos(folder_, kPhotos);
    Must({"kallos-extract", "--manifest", At("manifest.csv"), "--backbone", "mobilenet_v1_025",
          "--backbone", "mobilenet_v1_025", "--random-weights", "1", "--resize", "native",
          "--resize", "max-always:90", "--out", At("a"), "--out", At("b")});
    Must({"kallos-train", "head", "--features", At("a"), "--features", At("b"), "--standardize",
          "--hidden", "8", "--dropout", "0", "--batch", "16", "--epochs", "5", "--out",
          At("head")});
    const double start = Seconds();
    Must(Command("reference"));
    seconds_ = Seconds() - start;
    reference_ = ContentOf(folder_ / "reference");
    ASSERT_EQ(reference_.size(), 5u + 7u * 2u * 6u)
        << "reports, and two stores of two shards for each view";
  }
  static void TearDownTestSuite() { fs::remove_all(folder_); }

  static std::string At(const std::string& name) { return (folder_ / name).string(); }

  static void Must(const Words& words) {
    const Outcome outcome = RunProgram(words);
    ASSERT_EQ(outcome.code, 0) << outcome.output;
  }

  static Words Command(const std::string& out, const Words& more = {}) {
    Words words = {"kallos-eval",  "robustness",
                   "--bundle",     At("head/bundle"),
                   "--manifest",   At("manifest.csv"),
                   "--split",      "all",
                   "--transforms", "rotate,crop,noise",
                   "--severities", "2,4",
                   "--out",        At(out)};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  static Words With(size_t index, const std::string& word, const std::string& out = "wrong") {
    Words words = Command(out);
    words[index] = word;
    return words;
  }

  static void ExpectRecovers(const std::string& out, const Words& more = {}) {
    const Outcome outcome = RunProgram(Command(out, more));
    EXPECT_EQ(outcome.code, 0) << outcome.output;
    EXPECT_EQ(Difference(reference_, ContentOf(folder_ / out)), "");
  }

  // A store that OUT/views/KEY/VIEW holds; only the reference knows the key.
  static fs::path StoreOf(const std::string& out, const std::string& view) {
    const fs::path key = fs::directory_iterator(folder_ / "reference/views")->path().filename();
    const fs::path store =
        fs::directory_iterator(folder_ / "reference/views" / key / view)->path().filename();
    return folder_ / out / "views" / key / view / store;
  }

  static inline fs::path folder_;
  static inline std::map<std::string, std::string> reference_;
  static inline double seconds_ = 0;
};

TEST_F(RobustnessFaults, UntouchedRowsAreThoseOfBenchmark) {
  Must({"kallos-eval", "benchmark", "--bundle", At("head/bundle"), "--features", At("a"),
        "--features", At("b"), "--split", "all", "--out", At("benchmark")});
  std::map<std::string, std::string> expected;
  for (const auto& row : ReadCsv(folder_ / "benchmark/predictions.csv").rows)
    expected[row[0]] = row[3];
  int untouched = 0, changed = 0;
  for (const auto& row : ReadCsv(folder_ / "reference/predictions.csv").rows) {
    const bool same = row[6] == expected.at(row[0]);
    if (row[2] == "none") {
      ++untouched;
      EXPECT_TRUE(same) << row[0];
    } else if (!same) {
      ++changed;
    }
  }
  EXPECT_EQ(untouched, kPhotos);
  EXPECT_GT(changed, 5 * kPhotos) << "of six views";
}

TEST_F(RobustnessFaults, KilledAtRandomMoments) {
  int killed = 0;
  for (int trial = 0; trial < FaultTrials(); ++trial) {
    Stream stream(1, "e2e/kill-robustness", static_cast<uint64_t>(trial));
    const std::string out = fmt::format("kill{}", trial);
    const uint64_t kills = 1 + stream.Below(3);
    for (uint64_t k = 0; k < kills; ++k)
      killed += RunAndKill(Command(out), stream.Uniform(0, seconds_)).code == -SIGKILL;
    ExpectRecovers(out, {"--threads", trial % 2 == 0 ? "2" : "1"});
  }
  std::printf("robustness: %d kills in %d trials recovered\n", killed, FaultTrials());
  EXPECT_GT(killed, 0);
}

TEST_F(RobustnessFaults, CrashAtEveryPoint) {
  for (const std::string point : {"after_tmp_write", "before_rename", "after_rename"}) {
    const std::string out = "crash-" + point;
    EXPECT_EQ(RunProgram(Command(out), {{{"KALLOS_CRASH_AT", point}}, {}}).code, -SIGABRT) << point;
    ExpectRecovers(out);
  }
}

TEST_F(RobustnessFaults, InterruptedEndsSoonAndKeepsWhatWasJudged) {
  Program program(Command("interrupt", {"--threads", "1"}));
  ASSERT_TRUE(WaitForFile(StoreOf("interrupt", "none") / "store.json"));
  program.Signal(SIGINT);
  const Outcome outcome = program.Wait(5);
  EXPECT_EQ(outcome.code, 130) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("the same command again"));
  const auto time = fs::last_write_time(StoreOf("interrupt", "none") / "shard-00000.h5");
  ExpectRecovers("interrupt");
  EXPECT_EQ(fs::last_write_time(StoreOf("interrupt", "none") / "shard-00000.h5"), time)
      << "was extracted again";
}

// Views of an earlier command are used, those of another seed are not.
TEST_F(RobustnessFaults, MoreTransformsInTheSameFolder) {
  Must(Command("more", {"--seed", "5"}));
  EXPECT_NE(ContentOf(folder_ / "more")["predictions.csv"], reference_.at("predictions.csv"));
  Must(With(9, "noise", "more"));
  Must(Command("more"));
  const auto found = ContentOf(folder_ / "more");
  for (const std::string name :
       {"predictions.csv", "robustness.csv", "robustness.json", "table.md"})
    EXPECT_EQ(found.at(name), reference_.at(name)) << name;
}

// Another head on the same extractors needs neither photographs nor a pass through the networks.
TEST_F(RobustnessFaults, AnotherHeadOnTheSameFeatures) {
  Must({"kallos-train", "head", "--features", At("a"), "--features", At("b"), "--standardize",
        "--hidden", "4", "--dropout", "0", "--batch", "16", "--epochs", "2", "--seed", "9", "--out",
        At("head2")});
  fs::rename(folder_ / "photos", folder_ / "away");
  Words words = With(3, At("head2/bundle"), "shared");
  words.insert(words.end(), {"--views", At("reference/views")});
  const Outcome shared = RunProgram(words);
  fs::rename(folder_ / "away", folder_ / "photos");
  EXPECT_EQ(shared.code, 0) << shared.output;
  EXPECT_FALSE(fs::exists(folder_ / "shared/views"));
  Must(With(3, At("head2/bundle"), "own"));
  EXPECT_EQ(ReadFile(folder_ / "shared/predictions.csv"),
            ReadFile(folder_ / "own/predictions.csv"));
  EXPECT_NE(ReadFile(folder_ / "own/predictions.csv"), reference_.at("predictions.csv"));
  EXPECT_EQ(Difference(reference_, ContentOf(folder_ / "reference")), "");
}

// The store of a view says that its photographs are transformed, so that nobody takes it for
// another.
TEST_F(RobustnessFaults, StoresOfViewsAreNotMixedUp) {
  const Outcome outcome = RunProgram({"kallos-eval", "benchmark", "--bundle", At("head/bundle"),
                                      "--features", StoreOf("reference", "crop-2").string(),
                                      "--features", At("b"), "--out", At("mixed")});
  EXPECT_EQ(outcome.code, 3) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("crop-2"));
}

TEST_F(RobustnessFaults, DamagedStore) {
  Must(Command("damaged"));
  const fs::path shard = StoreOf("damaged", "noise-4") / "shard-00000.h5";
  std::string bytes = ReadFile(shard);
  bytes[bytes.size() / 2] ^= 1;
  PublishBytes(shard, bytes);
  const Outcome outcome = RunProgram(Command("damaged"));
  EXPECT_EQ(outcome.code, 3) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("shard-00000.h5"));
  ExpectRecovers("damaged", {"--fresh"});
}

TEST_F(RobustnessFaults, FullDisk) {
  for (const size_t limit : {size_t{1000}, size_t{8000}}) {
    const std::string out = fmt::format("full{}", limit);
    const Outcome outcome = RunProgram(Command(out), {{}, limit});
    EXPECT_EQ(outcome.code, 4) << limit << ": " << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr(folder_ / out)) << limit;
    ExpectRecovers(out);
  }
}

TEST_F(RobustnessFaults, LostPhotographsCountNowhereUntilTheyAreBack) {
  const fs::path photo = folder_ / "photos/p003.jpg";
  fs::rename(photo, folder_ / "away.jpg");
  const Outcome without = RunProgram(Command("lost"));
  fs::rename(folder_ / "away.jpg", photo);
  EXPECT_EQ(without.code, 0) << without.output;
  EXPECT_THAT(without.output, HasSubstr("1 photographs could not be judged in every view"));
  const CsvTable skipped = ReadCsv(folder_ / "lost/skipped.csv");
  ASSERT_EQ(skipped.rows.size(), 1u);
  EXPECT_THAT(skipped.rows[0][2], HasSubstr("unreachable"));
  EXPECT_EQ(ReadCsv(folder_ / "lost/predictions.csv").rows.size(), 7u * (kPhotos - 1));
  ExpectRecovers("lost");
}

// 40 x 40 pixels are enough for the network, 0.55 to 0.6 of their area is not.
TEST_F(RobustnessFaults, APhotographThatFailsInOneViewCountsInNone) {
  image::WriteJpeg(folder_ / "small.jpg", {40, 40, std::vector<uint8_t>(40 * 40 * 3, 100)}, 90);
  PublishBytes(
      folder_ / "small.csv",
      "id,path,label\nsmall,small.jpg,1\np000,photos/p000.jpg,0\np001,photos/p001.jpg,1\n");
  Must(With(5, At("small.csv"), "small"));
  const CsvTable skipped = ReadCsv(folder_ / "small/skipped.csv");
  ASSERT_EQ(skipped.rows.size(), 1u);
  EXPECT_THAT(skipped.rows[0][2], StartsWith("crop-4: too small"));
  for (const auto& row : ReadCsv(folder_ / "small/predictions.csv").rows)
    EXPECT_NE(row[0], "small") << row[2];
}

TEST_F(RobustnessFaults, LegacyHasNoSeverities) {
  Words words = {"kallos-eval",
                 "robustness",
                 "--bundle",
                 At("head/bundle"),
                 "--manifest",
                 At("manifest.csv"),
                 "--split",
                 "all",
                 "--legacy",
                 "--transforms",
                 "rotate,noise,crop,sharpness",
                 "--out",
                 At("legacy")};
  Must(words);
  const CsvTable table = ReadCsv(folder_ / "legacy/robustness.csv");
  std::set<std::string> rows;
  for (const auto& row : table.rows) {
    if (row[3] == "test") rows.insert(row[0] + " " + row[1] + " " + row[2] + " " + row[4]);
  }
  EXPECT_THAT(rows, ElementsAre("legacy crop  10", "legacy joint  40", "legacy noise  10",
                                "legacy none  10", "legacy rotate  10", "legacy sharpness  10"));
}

TEST_F(RobustnessFaults, WhatUsersGetWrong) {
  const auto expect = [](const Words& words, int code, const auto& message) {
    const Outcome outcome = RunProgram(words);
    EXPECT_EQ(outcome.code, code) << outcome.output;
    EXPECT_THAT(outcome.output, message);
  };
  expect(With(3, At("nowhere")), 3, HasSubstr("nowhere"));
  expect(With(5, At("no.csv")), 3, HasSubstr("no.csv: no such file"));
  expect(With(7, "val"), 0, HasSubstr("### val"));
  expect(With(9, "rotat"), 2, HasSubstr("rotate|crop|denoise|blur|noise|sharpness"));
  expect(With(11, "7"), 2, HasSubstr("[1, 5]"));
  expect(Command("wrong", {"--legacy"}), 2, HasSubstr("does not go with --legacy"));
  expect(Command("wrong", {"--weights", At("w.h5")}), 4, HasSubstr("w.h5"));
  PublishBytes(folder_ / "mine/notes.txt", "mine");
  expect(Command("mine"), 3, AllOf(HasSubstr("mine"), HasSubstr("give another --out")));
  EXPECT_EQ(ReadFile(folder_ / "mine/notes.txt"), "mine");
  PublishBytes(folder_ / "empty.csv", "id,path,label,split\nx,photos/p000.jpg,,test\n");
  expect(With(5, At("empty.csv")), 3, HasSubstr("no labelled row of split 'all'"));
  PublishBytes(folder_ / "gone.csv", "id,path,label,split\nx,photos/gone.jpg,1,test\n");
  expect(With(5, At("gone.csv")), 3,
         HasSubstr("not one of 1 photographs gave features; the first, photos/gone.jpg"));
}

}  // namespace
}  // namespace kallos::e2e
