// tools/reproduce on a handful of procedural photographs: it runs through, goes on where it
// stopped, and refuses by name.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/core/file.h"
#include "tests/e2e/command.h"

namespace kallos::e2e {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class Reproduce : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = MakeTestFolder("reproduce");
    Synth("data/train", 60, 1);
    Synth("data/benchmarks/Benchmark1", 20, 2);
    Synth("data/benchmarks/COCO", 20, 3);
    fs::remove_all(folder_ / "data/benchmarks/COCO/good");
    fs::rename(folder_ / "data/train/good" / "00000.jpg",
               folder_ / "data/train/good" / "a \"b\", ü.jpg");
  }
  static void TearDownTestSuite() { fs::remove_all(folder_); }

  static void Synth(const std::string& out, int count, int seed) {
    const Outcome outcome =
        RunProgram({"kallos-data", "synth", "--count", std::to_string(count), "--seed",
                    std::to_string(seed), "--out", folder_ / out, "--quiet"});
    ASSERT_EQ(outcome.code, 0) << outcome.output;
  }

  static Outcome Run(const std::string& data, const Words& more) {
    Words words = {fs::path(KALLOS_SOURCE_DIR) / "tools/reproduce", folder_ / data, "--bin",
                   KALLOS_BIN_DIR};
    words.insert(words.end(), more.begin(), more.end());
    return RunProgram(words);
  }

  static inline fs::path folder_;
};

TEST_F(Reproduce, RunsThroughAndAgain) {
  const Outcome first = Run("data", {"--small", "--out", folder_ / "out"});
  ASSERT_EQ(first.code, 0) << first.output;
  const std::string table = ReadFile(folder_ / "out/tables/table.md");
  EXPECT_THAT(table, AllOf(HasSubstr("| Benchmark1 | pca "), HasSubstr("| Benchmark1 | ga "),
                           HasSubstr("| Benchmark1 | PCA 9,744 (published)"),
                           HasSubstr("90.99 [84.2, 95.0]")));
  EXPECT_THAT(table, HasSubstr("COCO: 0 good and 10 bad photographs, published 0 and 1,000"));
  EXPECT_TRUE(fs::exists(folder_ / "out/differences/compare.json"));
  const auto tables = ContentOf(folder_ / "out/tables");
  const Outcome again = Run("data", {"--small", "--out", folder_ / "out"});
  ASSERT_EQ(again.code, 0) << again.output;
  EXPECT_EQ(Difference(tables, ContentOf(folder_ / "out/tables")), "");
}

TEST_F(Reproduce, FitnessOnTestIsSaidInTheTable) {
  const Outcome outcome =
      Run("data", {"--small", "--fitness-on-test", "--out", folder_ / "on-test"});
  ASSERT_EQ(outcome.code, 0) << outcome.output;
  EXPECT_THAT(ReadFile(folder_ / "on-test/tables/table.md"),
              HasSubstr("ga: SELECTED ON TEST: its 200 columns"));
}

TEST_F(Reproduce, RefusesByName) {
  EXPECT_EQ(Run("data", {"--smal"}).code, 2);
  const Outcome folder = Run("nothing", {"--small"});
  EXPECT_EQ(folder.code, 3);
  EXPECT_THAT(folder.output, HasSubstr("nothing/train/good: no such folder"));
  const Outcome weights = Run("data", {});
  EXPECT_EQ(weights.code, 3);
  EXPECT_THAT(weights.output, HasSubstr("--weights-mg and --weights-cnn are missing"));
}

}  // namespace
}  // namespace kallos::e2e
