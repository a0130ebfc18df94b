// Faults during kallos-eval benchmark and compare: the same command again ends with the files of an
// undisturbed run.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <functional>

#include "lib/core/file.h"
#include "lib/core/rng.h"
#include "tests/e2e/command.h"

namespace kallos::e2e {
namespace {

using testing::HasSubstr;

class EvalFaults : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = MakeTestFolder("eval-faults");
    for (const char* name : {"a.csv", "ü b.csv"}) {
      std::string rows = "id,label,probability\n";
      Stream stream(1, name);
      for (int i = 0; i < 300; ++i) rows += fmt::format("{},{},{}\n", i, i % 2, stream.Uniform());
      PublishBytes(folder_ / name, rows);
    }
  }
  void TearDown() override { fs::remove_all(folder_); }

  Words Benchmark(const std::string& out) const {
    return {"kallos-eval", "benchmark", "--predictions", folder_ / "a.csv", "--out", folder_ / out};
  }
  Words BenchmarkOfTwo(const std::string& out) const {
    Words words = Benchmark(out);
    words.insert(words.end(), {"--predictions", folder_ / "ü b.csv"});
    return words;
  }
  Words Compare(const std::string& out) const {
    return {"kallos-eval",       "compare", folder_ / "a.csv",
            folder_ / "ü b.csv", "--out",   folder_ / out};
  }

  fs::path folder_;
};

TEST_F(EvalFaults, CrashAtEveryPoint) {
  using Make = std::function<Words(const std::string&)>;
  const std::pair<std::string, Make> commands[] = {
      {"one", [&](const std::string& out) { return Benchmark(out); }},
      {"two", [&](const std::string& out) { return BenchmarkOfTwo(out); }},
      {"compare", [&](const std::string& out) { return Compare(out); }}};
  for (const auto& [name, command] : commands) {
    const Outcome outcome = RunProgram(command(name));
    ASSERT_EQ(outcome.code, 0) << outcome.output;
    for (const std::string point : {"after_tmp_write", "before_rename", "after_rename"}) {
      const Words words = command(name + point);
      EXPECT_EQ(RunProgram(words, {{{"KALLOS_CRASH_AT", point}}, {}}).code, -SIGABRT) << point;
      const Outcome again = RunProgram(words);
      EXPECT_EQ(again.code, 0) << name << ' ' << point << ": " << again.output;
      EXPECT_EQ(Difference(ContentOf(folder_ / name), ContentOf(folder_ / (name + point))), "")
          << point;
      EXPECT_TRUE(fs::exists(folder_ / (name + point) / "run.yaml"));
    }
  }
}

TEST_F(EvalFaults, FullDiskAndFoldersOfOthers) {
  const Outcome full = RunProgram(BenchmarkOfTwo("full"), {{}, 2000});
  EXPECT_EQ(full.code, 4) << full.output;
  EXPECT_EQ(RunProgram(BenchmarkOfTwo("full")).code, 0);
  PublishBytes(folder_ / "mine/thesis.txt", "text");
  const Outcome others = RunProgram(Benchmark("mine"));
  EXPECT_EQ(others.code, 3) << others.output;
  EXPECT_THAT(others.output, HasSubstr("mine"));
  EXPECT_EQ(ContentOf(folder_ / "mine").size(), 1u);
}

}  // namespace
}  // namespace kallos::e2e
