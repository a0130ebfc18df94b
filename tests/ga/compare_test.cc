#include "ga/compare.h"

#include <set>

#include "ga/run_state.h"
#include "lib/core/csv.h"
#include "lib/core/stop.h"
#include "lib/core/text.h"
#include "lib/parallel/parallel.h"
#include "tests/train/example_data.h"

namespace kallos::ga {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// Columns 0 to 2 tell the class, the others are noise; the noise is wide, which misleads whoever
// looks for variance.
class CompareTest : public train::TrainTest {
 protected:
  static constexpr int64_t kColumns = 12;

  void WriteStore(const store::Manifest& manifest) const {
    train::WriteExampleStore(folder_ / "s", manifest, kColumns, 2, "test", [](store::Shard& shard) {
      for (size_t i = 0; i < shard.features.rows(); ++i) {
        for (size_t j = 3; j < kColumns; ++j) shard.features(i, j) *= 3;
      }
    });
  }
  void WriteStore() const { WriteStore(train::ExampleManifest(folder_, 320)); }

  CompareConfig Config(const std::string& out, const std::vector<std::string>& methods = {
                                                   "ga,random,anova,variance,all"}) const {
    CompareConfig config;
    config.run.features = {folder_ / "s"};
    config.run.out = folder_ / out;
    config.run.search.select = 3;
    config.run.search.population = 8;
    config.run.search.parents = 4;
    config.run.search.generations = 3;
    config.run.recipe = {
        .hidden = {8, 4}, .dropout = {0.1, 0.1}, .epochs = 4, .batch = 16, .lr = 0.02};
    config.seeds = 2;
    config.methods = methods;
    return config;
  }

  static void Run(const CompareConfig& config, uint64_t seed = 1) {
    Violations violations;
    Validate(config, violations);
    ASSERT_THAT(violations, testing::IsEmpty());
    RunRecord record("test", "");
    RunContext context{seed, record};
    RunCompare(config, context);
  }

  using Rows = std::map<std::string, std::map<std::string, std::string>>;  // by method, by column

  Rows TableOf(const std::string& out) const {
    const CsvTable table = ReadCsv(folder_ / out / "compare.csv");
    Rows rows;
    for (const auto& row : table.rows) {
      for (size_t i = 0; i < row.size(); ++i) rows[row[0]][table.columns[i]] = row[i];
    }
    return rows;
  }
  static double Number(const std::map<std::string, std::string>& row, const std::string& column) {
    return ParseDouble(row.at(column)).value();
  }

  std::set<std::string> Selection(const fs::path& pair) const {
    std::set<std::string> selection;
    for (const auto& row : ReadCsv(folder_ / pair / "selection.csv").rows) selection.insert(row[0]);
    return selection;
  }

  // Everything that a run must reproduce: the tables without seconds, selections, heads and
  // predictions.
  std::map<std::string, std::string> ContentOf(const std::string& out) const {
    std::map<std::string, std::string> content;
    for (const auto& [name, text] : FilesOf(folder_ / out)) {
      if (name.ends_with("timing.csv") || name.ends_with("result.json") ||
          name.ends_with("table.md"))
        continue;
      content[name] = text;
    }
    for (const std::string name : {"compare.csv", "pairs.csv"}) {
      CsvTable table = ReadCsv(folder_ / out / name);
      for (auto& row : table.rows) row[*table.Find("seconds")] = "";
      content[name] = FormatCsv(table);
    }
    return content;
  }

  // The names of the files in which two folders differ.
  std::set<std::string> Differing(const std::string& a, const std::string& b) const {
    const auto first = ContentOf(a), second = ContentOf(b);
    std::set<std::string> names;
    for (const auto& [name, text] : first) {
      if (!second.contains(name) || second.at(name) != text) names.insert(name);
    }
    for (const auto& [name, text] : second) {
      if (!first.contains(name)) names.insert(name);
    }
    return names;
  }
};

TEST_F(CompareTest, TellsGoodSelectionsFromBadOnes) {
  WriteStore();
  Run(Config("out"));
  Rows rows = TableOf("out");
  ASSERT_EQ(rows.size(), 5u);
  for (const std::string seed : {"seed-1", "seed-2"}) {
    EXPECT_EQ(Selection("out/" + seed + "/anova"), (std::set<std::string>{"0", "1", "2"}));
    for (const std::string informative : {"0", "1", "2"})
      EXPECT_FALSE(Selection("out/" + seed + "/variance").contains(informative));
    EXPECT_EQ(Selection("out/" + seed + "/all").size(), 12u);
  }
  EXPECT_GT(Number(rows["anova"], "accuracy"), 0.9);
  EXPECT_LT(Number(rows["variance"], "accuracy"), 0.7);
  EXPECT_LT(Number(rows["variance"], "accuracy_minus_all_high"), 0);
  EXPECT_GE(Number(rows["ga"], "fitness"), Number(rows["random"], "fitness") - 1e-12);
  EXPECT_EQ(rows["ga"]["trained"], rows["random"]["trained"]);
  EXPECT_GT(Number(rows["ga"], "trained"), 2 * 8);
  EXPECT_EQ(rows["anova"]["trained"], "0");
  const RunState shown = ReadRun(folder_ / "out/seed-1/ga");
  EXPECT_EQ(shown.ended, "3 generations");
  EXPECT_TRUE(shown.has_head);
  for (const auto& [method, row] : rows) {
    EXPECT_EQ(row.at("columns"), method == "all" ? "12" : "3");
    EXPECT_EQ(row.at("selected_on"), method == "ga" || method == "random" ? "val" : "train");
    for (const std::string measure : {"accuracy", "roc_auc"}) {
      EXPECT_LE(Number(row, measure + "_low"), Number(row, measure));
      EXPECT_GE(Number(row, measure + "_high"), Number(row, measure));
      EXPECT_EQ(row.at(measure + "_minus_all").empty(), method == "all");
      if (method == "all") continue;
      EXPECT_NEAR(Number(row, measure + "_minus_all"),
                  Number(row, measure) - Number(rows["all"], measure), 1e-12);
    }
  }
  EXPECT_THAT(ReadFile(folder_ / "out/table.md"), Not(HasSubstr("selected on test")));
}

TEST_F(CompareTest, GoesOnAfterAnyBreakToTheSameResult) {
  WriteStore();
  Run(Config("whole"));
  const CompareConfig config = Config("broken");
  Run(config);
  EXPECT_THAT(Differing("broken", "whole"), testing::IsEmpty());
  const fs::path out = folder_ / "broken";
  fs::remove(out / "compare.csv");
  fs::remove(out / "seed-1/anova/result.json");  // killed before the last file
  fs::remove(out / "seed-1/random/checkpoint.h5");
  fs::remove(out / "seed-1/random/result.json");  // killed while random subsets were trained
  fs::remove(out / "seed-2/ga/result.json");      // killed in the training of the head
  fs::remove_all(out / "seed-2/ga/head");
  fs::remove_all(out / "seed-2/all");  // not begun
  SetThreads(3);
  Run(config);
  SetThreads(0);
  EXPECT_THAT(Differing("broken", "whole"), testing::IsEmpty());
}

TEST_F(CompareTest, FinishedPairsAreNotDoneAgainAndMethodsAndSeedsMayBeAdded) {
  WriteStore();
  CompareConfig config = Config("out", {"anova"});
  config.seeds = 1;
  Run(config);
  const fs::path file = folder_ / "out/seed-1/anova/result.json";
  const auto written = fs::last_write_time(file);
  const auto head = fs::last_write_time(folder_ / "out/seed-1/anova/head/done.txt");
  config.methods = {"anova", "variance"};
  config.seeds = 2;
  Run(config);
  EXPECT_EQ(fs::last_write_time(file), written);
  EXPECT_EQ(fs::last_write_time(folder_ / "out/seed-1/anova/head/done.txt"), head);
  EXPECT_EQ(TableOf("out").size(), 2u);
  EXPECT_EQ(TableOf("out")["variance"]["seeds"], "2");
  EXPECT_EQ(TableOf("out")["anova"]["accuracy_minus_all"], "");
}

TEST_F(CompareTest, OtherSettingsAreRefusedUnlessFresh) {
  WriteStore();
  CompareConfig config = Config("out", {"anova"});
  Run(config);
  config.run.search.generations = 4;
  EXPECT_THAT(MessageOf([&] { Run(config); }), HasSubstr("--fresh"));
  config.run.fresh = true;
  Run(config);
  config.run.fresh = false;
  Run(config);
}

TEST_F(CompareTest, AStopIsObeyed) {
  WriteStore();
  RequestStop();
  const std::string message = MessageOf([&] { Run(Config("out")); }, ErrorKind::kInterrupted);
  ClearStop();
  EXPECT_THAT(message, HasSubstr("the same command again"));
  Run(Config("out"));
  Run(Config("whole"));
  EXPECT_THAT(Differing("out", "whole"), testing::IsEmpty());
}

TEST_F(CompareTest, WhatIsSelectedOnTestSaysSo) {
  WriteStore();
  CompareConfig config = Config("out", {"ga,anova,all"});
  config.run.rows = FitnessRows::kTest;
  config.seeds = 1;
  Run(config);
  EXPECT_THAT(ReadFile(folder_ / "out/table.md"), HasSubstr("ga (selected on test)"));
  EXPECT_THAT(ReadFile(folder_ / "out/table.md"), HasSubstr("no estimate for new photographs"));
  EXPECT_EQ(TableOf("out")["ga"]["selected_on"], "test");
  EXPECT_EQ(TableOf("out")["anova"]["selected_on"], "train");
  EXPECT_THAT(ReadFile(folder_ / "out/seed-1/ga/result.json"),
              HasSubstr(R"("selected_on": "test")"));
  EXPECT_THAT(ReadFile(folder_ / "out/seed-1/ga/selection.csv"), HasSubstr(",test\n"));
}

TEST_F(CompareTest, RowsOfOneGroupAreOneDraw) {
  store::Manifest manifest = train::ExampleManifest(folder_, 320);
  WriteStore(manifest);
  Run(Config("alone", {"variance"}));
  for (size_t i = 0; i < manifest.rows.size(); ++i)
    manifest.rows[i].group = fmt::format("g{}{}", i % 2, i / 16);
  store::WriteManifest(folder_ / "grouped.csv", manifest);
  CompareConfig config = Config("grouped", {"variance"});
  config.run.manifest = folder_ / "grouped.csv";
  Run(config);
  Rows alone = TableOf("alone"), grouped = TableOf("grouped");
  EXPECT_EQ(alone["variance"]["accuracy"], grouped["variance"]["accuracy"]);
  EXPECT_NE(alone["variance"]["accuracy_low"], grouped["variance"]["accuracy_low"]);
}

TEST_F(CompareTest, BadInputIsNamed) {
  store::Manifest manifest = train::ExampleManifest(folder_, 160);
  WriteStore(manifest);
  CompareConfig config = Config("many", {"anova"});
  config.run.search.select = 13;
  EXPECT_THAT(MessageOf([&] { Run(config); }),
              HasSubstr("--select 13: the features have only 12 columns"));
  const auto message = [&](const std::string& name,
                           const std::function<void(store::ManifestRow&)>& change) {
    store::Manifest changed = manifest;
    for (store::ManifestRow& row : changed.rows) change(row);
    store::WriteManifest(folder_ / (name + ".csv"), changed);
    CompareConfig bad = Config(name, {"anova"});
    bad.run.manifest = folder_ / (name + ".csv");
    return MessageOf([&] { Run(bad); });
  };
  EXPECT_THAT(
      message("no-test", [](auto& row) { row.split = row.split == "test" ? "val" : row.split; }),
      HasSubstr("no-test.csv: 0 test rows of class bad, 0 of class good"));
  EXPECT_THAT(
      message("one-class-test", [](auto& row) { row.label = row.split == "test" ? 1 : row.label; }),
      HasSubstr("0 test rows of class bad, 40 of class good"));
  EXPECT_THAT(
      message("one-class", [](auto& row) { row.label = row.split == "test" ? row.label : 1; }),
      HasSubstr("both are needed"));
  PublishBytes(folder_ / "theirs/letter.txt", "dear");
  EXPECT_THAT(MessageOf([&] { Run(Config("theirs", {"anova"})); }), HasSubstr("letter.txt"));
}

TEST_F(CompareTest, VarianceIsThatBeforeStandardising) {
  WriteStore();
  CompareConfig config = Config("plain", {"variance,anova"});
  Run(config);
  config.run.out = folder_ / "standardized";
  config.run.standardize = true;
  Run(config);
  for (const std::string pair : {"seed-1/variance", "seed-1/anova"})
    EXPECT_EQ(Selection(fs::path("standardized") / pair), Selection(fs::path("plain") / pair));
}

TEST_F(CompareTest, ADamagedResultIsNamed) {
  WriteStore();
  Run(Config("out", {"anova"}));
  PublishBytes(folder_ / "out/seed-1/anova/result.json", "{");
  EXPECT_THAT(MessageOf([&] { Run(Config("out", {"anova"})); }), HasSubstr("result.json: damaged"));
}

}  // namespace
}  // namespace kallos::ga
