#include "lib/run/recorded_run.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/run/run_record.h"

namespace kallos {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class RecordedRunTest : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  std::string ErrorOf(const std::string& text) const {
    PublishBytes(folder_ / "run.yaml", text);
    try {
      ReadRunRecord(folder_ / "run.yaml");
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput);
      return error.what();
    }
    return "no error";
  }

  fs::path folder_ = fs::path(testing::TempDir()) / fmt::format("kallos_recorded_run_{}", getpid());
};

TEST_F(RecordedRunTest, ReadsWhatARunWrites) {
  RunRecord record("kallos-x do --out 'a: b'",
                   "out: \"a: b\"\nfeatures: [f, \"g, h\"]\nmanifest: ~\npca: []\nseed: 3\n");
  record.AddInput("dir/ä #1.csv", "abc");
  record.AddCount("photos", 3);
  record.AddFact("device", "cpu");
  record.Write(folder_);
  const RecordedRun run = ReadRunRecord(folder_ / "run.yaml");
  EXPECT_EQ(run.command, "kallos-x do --out 'a: b'");
  EXPECT_THAT(run.ValuesOf("out"), ElementsAre("a: b"));
  EXPECT_THAT(run.ValuesOf("features"), ElementsAre("f", "g, h"));
  EXPECT_THAT(run.ValuesOf("manifest"), ElementsAre());
  EXPECT_THAT(run.ValuesOf("pca"), ElementsAre());
  EXPECT_THAT(run.ValuesOf("no such setting"), ElementsAre());
  EXPECT_EQ(run.config.back().name, "seed");
  ASSERT_EQ(run.inputs.size(), 1u);
  EXPECT_EQ(run.inputs[0].path, "dir/ä #1.csv");
  EXPECT_EQ(run.inputs[0].sha256, "abc");
  EXPECT_THAT(run.counts, ElementsAre(std::pair("photos", "3")));
  EXPECT_THAT(run.facts, ElementsAre(std::pair("device", "cpu")));
  EXPECT_EQ(run.started.size(), std::string("2026-01-01T00:00:00Z").size());
  EXPECT_FALSE(run.machine.empty());
}

TEST_F(RecordedRunTest, DamageIsNamedWithItsLine) {
  EXPECT_THAT(ErrorOf("command: x\nconfig: [1, 2\n"), HasSubstr("run.yaml:3: no record of a run"));
  EXPECT_THAT(ErrorOf("just text\n"), HasSubstr("expected a map with the key 'command'"));
  EXPECT_THAT(ErrorOf(""), HasSubstr("no record of a run"));
  EXPECT_THAT(ErrorOf("command: [x]\n"), HasSubstr("no record of a run"));
}

TEST_F(RecordedRunTest, OtherKindsOfValuesAreLeftOut) {
  PublishBytes(folder_ / "run.yaml", "command: x\nconfig: 3\ninputs: 4\ncounts: {a: [1], b: 2}\n");
  const RecordedRun run = ReadRunRecord(folder_ / "run.yaml");
  EXPECT_TRUE(run.config.empty());
  EXPECT_TRUE(run.inputs.empty());
  EXPECT_THAT(run.counts, ElementsAre(std::pair("a", ""), std::pair("b", "2")));
}

}  // namespace
}  // namespace kallos
