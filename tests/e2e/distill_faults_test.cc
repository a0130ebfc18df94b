// From photographs to a student that rates them alone, and faults on the way: whatever happens to
// kallos-distill and kallos-train joint, the same command again ends with the bundle of an
// undisturbed run.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>

#include "lib/core/csv.h"
#include "lib/core/file.h"
#include "lib/core/rng.h"
#include "lib/core/text.h"
#include "tests/e2e/command.h"

namespace kallos::e2e {
namespace {

using testing::AllOf;
using testing::HasSubstr;

using Flags = std::map<std::string, std::string>;

// A training: its first words, its flags, and how long it takes undisturbed.
struct Training {
  Words words;
  Flags flags;
  std::string reference;
  double seconds = 0;
};

class DistillFaults : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = MakeTestFolder("distill-faults");
    Must({"kallos-data", "synth", "--count", "40", "--seed", "1", "--out", At("demo")});
    Must({"kallos-data", "import", At("demo"), "--out", At("all.csv")});
    Must({"kallos-data", "split", At("all.csv"), "--val", "0.25", "--test", "0.25", "--seed", "1",
          "--out", At("m.csv")});
    Must({"kallos-extract", "--manifest", At("m.csv"), "--backbone", "mobilenet_v1_025", "--resize",
          "area:64x64", "--random-weights", "1", "--out", At("store")});
    Must({"kallos-train", "head", "--features", At("store"), "--standardize", "--hidden", "8",
          "--dropout", "0.2", "--epochs", "3", "--out", At("head")});
    const Flags shared = {{"--resize", "border:48"},
                          {"--epochs", "4"},
                          {"--batch", "4"},
                          {"--average", "0.9"},
                          {"--device", "cpu"}};
    features_ = {{"kallos-distill", "features"}, shared, "features", 0};
    features_.flags.insert({{"--teacher", At("head/bundle")}, {"--features", At("store")}});
    joint_ = {{"kallos-train", "joint"}, shared, "joint", 0};
    joint_.flags.insert(
        {{"--manifest", At("m.csv")}, {"--backbone", "shufflenet_v2_narrow"}, {"--hidden", "8"}});
    for (Training* training : {&features_, &joint_}) {
      const double start = Seconds();
      Must(Command(*training, training->reference));
      training->seconds = Seconds() - start;
    }
  }
  static void TearDownTestSuite() { fs::remove_all(folder_); }

  static std::string At(const std::string& name) { return (folder_ / name).string(); }

  static std::string Must(const Words& words) { return Expect(0, words); }
  static std::string Expect(int code, const Words& words) {
    const Outcome outcome = RunProgram(words);
    EXPECT_EQ(outcome.code, code) << Join(words, " ") << "\n" << outcome.output;
    return outcome.output;
  }

  // The command with some flags changed or added; "" leaves one out.
  static Words Command(const Training& training, const std::string& out, const Flags& changed = {},
                       const Words& more = {}) {
    Flags flags = training.flags;
    flags["--out"] = At(out);
    for (const auto& [flag, value] : changed) flags[flag] = value;
    Words words = training.words;
    for (const auto& [flag, value] : flags) {
      if (!value.empty()) words.insert(words.end(), {flag, value});
    }
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  static void ExpectRecovers(const Training& training, const std::string& out,
                             const Flags& changed = {}, const Words& more = {}) {
    Must(Command(training, out, changed, more));
    EXPECT_EQ(Difference(ContentOf(folder_ / training.reference), ContentOf(folder_ / out)), "")
        << out;
  }

  static inline fs::path folder_;
  static inline Training features_, joint_;
};

TEST_F(DistillFaults, AStudentRatesAndIsComparedWithoutAnyWeights) {
  for (const Training& training : {features_, joint_}) {
    const std::string bundle = At(training.reference + "/bundle");
    EXPECT_THAT(Must({"kallos-rate", "--bundle", bundle, At("demo")}), HasSubstr(".jpg"));
    Must({"kallos-eval", "benchmark", "--bundle", bundle, "--manifest", At("m.csv"), "--out",
          At(training.reference + "-eval")});
    EXPECT_EQ(ContentOf(folder_ / training.reference).size(), 5u)
        << "bundle.yaml, head.safetensors, student.safetensors, history.csv, done.txt";
  }
  Training finetune{{"kallos-distill", "finetune"},
                    {{"--student", At("features/bundle")},
                     {"--teacher", At("head/bundle")},
                     {"--features", At("store")},
                     {"--epochs", "1"},
                     {"--batch", "4"}},
                    "",
                    0};
  Must(Command(finetune, "finetune"));
  Must({"kallos-rate", "--bundle", At("finetune/bundle"), At("demo")});
}

TEST_F(DistillFaults, KilledAtRandomMoments) {
  int killed = 0;
  for (const Training& training : {features_, joint_}) {
    for (int trial = 0; trial < FaultTrials() / 2; ++trial) {
      Stream stream(1, "e2e/kill-" + training.reference, static_cast<uint64_t>(trial));
      const std::string out = fmt::format("kill-{}{}", training.reference, trial);
      const uint64_t kills = 1 + stream.Below(3);
      for (uint64_t k = 0; k < kills; ++k)
        killed +=
            RunAndKill(Command(training, out), stream.Uniform(0.2, 1) * training.seconds).code ==
            -SIGKILL;
      ExpectRecovers(training, out, {{"--threads", trial % 2 == 0 ? "2" : "1"}});
    }
  }
  std::printf("distill: %d kills recovered\n", killed);
  EXPECT_GT(killed, 0);
}

TEST_F(DistillFaults, CrashAtEveryPoint) {
  for (const std::string point :
       {"after_tmp_write", "before_rename", "after_rename", "before_bundle_index", "before_done"}) {
    const Training& training = point.starts_with("before") ? joint_ : features_;
    const std::string out = "crash-" + point;
    EXPECT_EQ(RunProgram(Command(training, out), {{{"KALLOS_CRASH_AT", point}}, {}}).code, -SIGABRT)
        << point;
    ExpectRecovers(training, out);
  }
}

TEST_F(DistillFaults, InterruptedEndsSoonAndGoesOn) {
  for (const auto& [training, signal] :
       {std::pair(features_, SIGINT), std::pair(joint_, SIGTERM)}) {
    const std::string out = "stop-" + training.reference;
    Program program(Command(training, out));
    ASSERT_TRUE(WaitForFile(folder_ / out / "checkpoint.safetensors"));
    program.Signal(signal);
    const Outcome outcome = program.Wait(10);
    EXPECT_EQ(outcome.code, 130) << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr("the same command again"));
    EXPECT_TRUE(fs::exists(folder_ / out / "checkpoint.safetensors"));
    ExpectRecovers(training, out);
  }
}

TEST_F(DistillFaults, FullDiskAndDamagedCheckpoint) {
  const Outcome outcome = RunProgram(Command(joint_, "full"), {{}, size_t{50000}});
  EXPECT_EQ(outcome.code, 4) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr(At("full")));
  ExpectRecovers(joint_, "full");
  Program program(Command(features_, "cut"));
  const fs::path checkpoint = folder_ / "cut/checkpoint.safetensors";
  ASSERT_TRUE(WaitForFile(checkpoint));
  program.Signal(SIGKILL);
  program.Wait();
  fs::resize_file(checkpoint, fs::file_size(checkpoint) / 2);
  EXPECT_THAT(Expect(3, Command(features_, "cut")),
              AllOf(HasSubstr("checkpoint.safetensors"), HasSubstr("--fresh")));
  ExpectRecovers(features_, "cut", {}, {"--fresh"});
}

TEST_F(DistillFaults, BadSettings) {
  const std::tuple<const Training&, Flags, int, std::string> cases[] = {
      {features_, {{"--student", "shuflenet_v2_narrow"}}, 2, "did you mean"},
      {features_, {{"--ephocs", "5"}}, 2, "did you mean"},
      {features_, {{"--resize", "native"}}, 2, "--resize native"},
      {joint_, {{"--resize", "area:48x48"}}, 2, "one size"},
      {features_, {{"--resize", ""}}, 2, "resize"},
      {features_, {{"--batch", "1"}}, 2, "batch"},
      {features_, {{"--teacher", At("nowhere")}}, 3, "no model bundle"},
      {features_, {{"--features", At("nowhere")}}, 3, "nowhere"},
      {features_, {{"--manifest", At("gone.csv")}}, 3, "gone.csv"},
      {features_, {{"--initial", At("gone.h5")}}, 3, "gone.h5"},
      {features_, {{"--lr", "1e30"}, {"--scheduler", "constant"}}, 3, "lower --lr"},
      {joint_, {{"--lr", "1e30"}, {"--scheduler", "constant"}}, 3, "lower --lr"},
      {joint_, {{"--freeze", "blok1"}}, 2, "known: block1"},
      {joint_, {{"--weights", At("gone.h5")}}, 3, "gone.h5"},
      {joint_, {{"--taps", "outputs"}}, 2, "--taps outputs"},
  };
  for (const auto& [training, changed, code, message] : cases) {
    const std::string output = Expect(code, Command(training, "bad", changed));
    EXPECT_THAT(output, HasSubstr(message));
    EXPECT_FALSE(fs::exists(folder_ / "bad/bundle")) << message;
    fs::remove_all(folder_ / "bad");
  }
}

TEST_F(DistillFaults, FinetuneWantsAStudent) {
  const Words words = {"kallos-distill", "finetune",  "--student", At("head/bundle"),
                       "--manifest",     At("m.csv"), "--out",     At("bad")};
  EXPECT_THAT(Expect(3, words),
              HasSubstr("expected a bundle of kallos-distill or kallos-train joint"));
}

TEST_F(DistillFaults, ChangedAndDeletedPhotographs) {
  CsvTable table = ReadCsv(folder_ / "m.csv");
  const size_t path = *table.Find("path"), split = *table.Find("split");
  fs::copy(folder_ / "demo", folder_ / "touched", fs::copy_options::recursive);
  std::vector<std::string> trained;
  for (auto& row : table.rows) {
    if (row[split] == "train") trained.push_back(row[path]);
    row[path] = "touched" + row[path].substr(row[path].find('/'));
  }
  WriteCsv(folder_ / "touched.csv", table);
  const auto touched = [&](size_t i) {
    return folder_ / ("touched" + trained[i].substr(trained[i].find('/')));
  };
  PublishBytes(touched(0), ReadFile(touched(1)));
  fs::remove(touched(2));
  for (const Training& training : {features_, joint_}) {
    EXPECT_THAT(Expect(3, Command(training, "bad", {{"--manifest", At("touched.csv")}})),
                AllOf(HasSubstr(touched(0).filename()), HasSubstr(touched(2).filename())));
    fs::remove_all(folder_ / "bad");
  }
}

TEST_F(DistillFaults, FeaturesOfAnotherExtractor) {
  Must({"kallos-extract", "--manifest", At("m.csv"), "--backbone", "mobilenet_v1_025", "--resize",
        "area:60x60", "--random-weights", "2", "--out", At("other")});
  EXPECT_THAT(Expect(3, Command(features_, "bad", {{"--features", At("other")}})),
              HasSubstr("made otherwise"));
}

TEST_F(DistillFaults, FoldersOfOtherThings) {
  PublishBytes(folder_ / "mine/notes.txt", "mine");
  for (const Training& training : {features_, joint_})
    EXPECT_THAT(Expect(3, Command(training, "mine", {}, {"--fresh"})), HasSubstr("notes.txt"));
  EXPECT_EQ(ReadFile(folder_ / "mine/notes.txt"), "mine");
  for (const Training& training : {features_, joint_}) {
    const auto before = ContentOf(folder_ / training.reference);
    EXPECT_THAT(Must(Command(training, training.reference)), HasSubstr("nothing to do"));
    EXPECT_THAT(Expect(3, Command(training, training.reference, {{"--epochs", "5"}})),
                AllOf(HasSubstr("other settings"), HasSubstr("--fresh")));
    EXPECT_EQ(Difference(before, ContentOf(folder_ / training.reference)), "");
  }
  EXPECT_THAT(Expect(2, Command(features_, "head", {}, {"--fresh"})), HasSubstr("--teacher"));
  EXPECT_TRUE(fs::exists(folder_ / "head/bundle/bundle.yaml"));
}

TEST_F(DistillFaults, SecondWriterIsRefused) {
  Program first(Command(joint_, "two"));
  ASSERT_TRUE(WaitForFile(folder_ / "two/checkpoint.safetensors"));
  first.Signal(SIGSTOP);
  const Outcome second = Program(Command(joint_, "two")).Wait(10);
  EXPECT_EQ(second.code, 4) << second.output;
  EXPECT_THAT(second.output, HasSubstr(fmt::format("pid {}", first.pid())));
  first.Signal(SIGKILL);
  first.Wait();
  ExpectRecovers(joint_, "two");
}

}  // namespace
}  // namespace kallos::e2e
