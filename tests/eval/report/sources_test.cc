#include "eval/report/sources.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"

namespace kallos::report {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class SourcesTest : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  // With the folder made canonical, as the temporary folder may be a link.
  fs::path folder_ = fs::weakly_canonical(fs::path(testing::TempDir()) /
                                          fmt::format("kallos_sources_{}", getpid()));
};

RecordedRun RecordWith(std::vector<RecordedRun::Setting> config,
                       std::vector<RecordedRun::Input> inputs = {}) {
  RecordedRun record;
  record.config = std::move(config);
  record.inputs = std::move(inputs);
  return record;
}

TEST_F(SourcesTest, SettingsAndInputsEachOnce) {
  const RecordedRun record = RecordWith(
      {{"model", {"eval1", "p.csv"}},
       {"selection", {"truncation"}},
       {"features", {"f", "g"}},
       {"manifest", {}}},
      {{"eval1/predictions.csv", "1"}, {"p.csv", "2"}, {"mobilenet/multigap", "3"}, {"w.h5", "4"}});
  EXPECT_THAT(SourcesOf(record), ElementsAre("eval1", "p.csv", "f", "g", "w.h5"));
}

TEST_F(SourcesTest, PathsFromTheFolderOfTheCommand) {
  PublishBytes(folder_ / "work/data/s.csv", "x");
  const RecordedRun record = RecordWith({{"out", {"./runs/e1/"}}});
  EXPECT_EQ(PathFromHere({folder_ / "work/runs/e1", record}, "data/s.csv"),
            folder_ / "work/data/s.csv");
  EXPECT_EQ(PathFromHere({folder_ / "work/runs/e1/test", record}, "data/s.csv"),
            folder_ / "work/data/s.csv");
  EXPECT_EQ(PathFromHere({folder_ / "elsewhere", record}, "data/s.csv"), "data/s.csv");
  EXPECT_EQ(PathFromHere({folder_ / "work/runs/e1", record}, "/a/s.csv"), "/a/s.csv");
}

TEST_F(SourcesTest, OriginsOfFoldersPartsAndFiles) {
  PublishBytes(folder_ / "head/run.yaml", "command: kallos-train head\n");
  PublishBytes(folder_ / "head/bundle/bundle.yaml", "x");
  PublishBytes(folder_ / "pca.h5", "x");
  PublishBytes(folder_ / "pca.h5.run.yaml", "command: kallos-pca fit\n");
  PublishBytes(folder_ / "s.csv", "x");
  EXPECT_EQ(OriginOf(folder_ / "head")->record.command, "kallos-train head");
  EXPECT_EQ(OriginOf(folder_ / "head/bundle")->path, folder_ / "head");
  EXPECT_EQ(OriginOf(folder_ / "pca.h5")->record.command, "kallos-pca fit");
  EXPECT_FALSE(OriginOf(folder_ / "s.csv").has_value());
}

TEST_F(SourcesTest, WhatChangedSinceSaysSo) {
  PublishBytes(folder_ / "s.csv", "abc");
  const std::string hash = Sha256Hex("abc");
  const RecordedRun same = RecordWith({}, {{"s.csv", hash}}),
                    other = RecordWith({}, {{"s.csv", Sha256Hex("x")}});
  EXPECT_EQ(StateOf(folder_ / "s.csv", "s.csv", same), "sha256 " + hash.substr(0, 12));
  EXPECT_THAT(StateOf(folder_ / "s.csv", "s.csv", other),
              HasSubstr("changed since: was " + Sha256Hex("x").substr(0, 12)));
  EXPECT_THAT(StateOf(folder_ / "s.csv", "unrecorded.csv", other), Not(HasSubstr("changed")));
  EXPECT_EQ(StateOf(folder_ / "gone.csv", "gone.csv", same), "no longer there");
}

}  // namespace
}  // namespace kallos::report
