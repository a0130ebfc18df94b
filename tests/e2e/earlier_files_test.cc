// Files that Kallos wrote before its bundles had a format version 2 (data/version1, commit f6d15c9:
// 24 procedural photographs): they are read, gone on from, or refused by name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/core/csv.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "tests/e2e/command.h"

namespace kallos::e2e {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class EarlierFiles : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = MakeTestFolder(testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::copy(fs::path(KALLOS_SOURCE_DIR) / "tests/e2e/data/version1", folder_,
             fs::copy_options::recursive);
  }
  void TearDown() override { fs::remove_all(folder_); }

  // The file or folder `name` of the fixture.
  std::string At(const std::string& name) const { return folder_ / name; }

  Outcome TrainHead(const std::string& out, const Words& more) const {
    Words words = {"kallos-train", "head",  "--features",   At("features"),
                   "--hidden",     "4",     "--dropout",    "0.25",
                   "--batch",      "4",     "--epochs",     "3",
                   "--seed",       "2",     "--threads",    "2",
                   "--out",        At(out), "--standardize"};
    words.insert(words.end(), more.begin(), more.end());
    return RunProgram(words);
  }

  fs::path folder_;
};

std::vector<double> Column(const fs::path& csv, const std::string& name) {
  const CsvTable table = ReadCsv(csv);
  std::vector<double> values;
  for (const auto& row : table.rows) values.push_back(*ParseDouble(row[*table.Find(name)]));
  return values;
}

// A store, and a bundle of format version 1 with a reduction.
TEST_F(EarlierFiles, BundlesGiveTheProbabilitiesThatTheyGave) {
  const Outcome outcome =
      RunProgram({"kallos-eval", "benchmark", "--bundle", At("head/bundle"), "--features",
                  At("features"), "--split", "test", "--out", At("eval"), "--quiet"});
  ASSERT_EQ(outcome.code, 0) << outcome.output;
  EXPECT_THAT(Column(folder_ / "eval/predictions.csv", "probability"),
              testing::Pointwise(testing::DoubleNear(1e-6),
                                 Column(folder_ / "predictions.csv", "probability")));
}

TEST_F(EarlierFiles, ReductionsReduce) {
  const Outcome inspected = RunProgram({"kallos-pca", "inspect", At("pca.h5")});
  EXPECT_EQ(inspected.code, 0) << inspected.output;
  EXPECT_THAT(inspected.output, HasSubstr("mobilenet_v1_025/pooled"));
  const Outcome reduced = RunProgram({"kallos-pca", "transform", "--features", At("features"),
                                      "--model", At("pca.h5"), "--out", At("reduced"), "--quiet"});
  EXPECT_EQ(reduced.code, 0) << reduced.output;
}

TEST_F(EarlierFiles, FinishedTrainingsAreKnown) {
  const Outcome outcome = TrainHead("head", {"--pca", At("pca.h5")});
  EXPECT_EQ(outcome.code, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("already trained with these settings and inputs"));
}

TEST_F(EarlierFiles, UnfinishedTrainingsAreRefusedByTheirVersion) {
  const Outcome refused = TrainHead("unfinished", {});
  EXPECT_EQ(refused.code, 3) << refused.output;
  EXPECT_THAT(refused.output,
              AllOf(HasSubstr("checkpoint-2.safetensors: another version"), HasSubstr("--fresh")));
  const Outcome fresh = TrainHead("unfinished", {"--fresh"});
  EXPECT_EQ(fresh.code, 0) << fresh.output;
}

// A finished search of two generations goes on to a third.
TEST_F(EarlierFiles, SearchesGoOn) {
  const auto search = [&](const std::string& generations) {
    return RunProgram({"kallos-ga",     "run",       "--features",   At("features"),
                       "--select",      "8",         "--population", "6",
                       "--parents",     "4",         "--hidden",     "4",
                       "--dropout",     "0",         "--epochs",     "2",
                       "--generations", generations, "--out",        At("ga")});
  };
  const Outcome shown = RunProgram({"kallos-ga", "show", At("ga")});
  EXPECT_EQ(shown.code, 0) << shown.output;
  const std::vector<double> before = Column(folder_ / "ga/history.csv", "mean");
  ASSERT_EQ(before.size(), 3u);
  const Outcome outcome = search("3");
  ASSERT_EQ(outcome.code, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("going on after generation 2, with 14 trainings"));
  const std::vector<double> after = Column(folder_ / "ga/history.csv", "mean");
  ASSERT_EQ(after.size(), 4u);
  EXPECT_EQ(std::vector(after.begin(), after.begin() + 3), before);
  EXPECT_THAT(ReadFile(folder_ / "ga/evaluations.csv"),
              testing::StartsWith(ReadFile(fs::path(KALLOS_SOURCE_DIR) /
                                           "tests/e2e/data/version1/ga/evaluations.csv")));
}

}  // namespace
}  // namespace kallos::e2e
