#include "train/head_run.h"

#include <cmath>
#include <set>

#include "lib/core/csv.h"
#include "lib/model/bundle.h"
#include "lib/parallel/parallel.h"
#include "lib/store/joined.h"
#include "tests/train/example_data.h"

namespace kallos::train {
namespace {

using testing::HasSubstr;

class HeadRunTest : public TrainTest {
 protected:
  model::Bundle Result(const std::string& out = "out") const {
    return model::LoadBundle(folder_ / out / "bundle");
  }

  // Part of the rows of split test that the bundle judges right.
  double TestAccuracy(const std::string& out = "out") const {
    const store::JoinedFeatures all = store::JoinStores({folder_ / "s"});
    const std::vector<double> good = model::Predict(Result(out), all.features);
    double right = 0, n = 0;
    for (size_t i = 0; i < good.size(); ++i) {
      if (all.manifest.rows[i].split != "test") continue;
      ++n;
      right += (good[i] > 0.5) == (all.manifest.rows[i].label == 1) ? 1 : 0;
    }
    return right / n;
  }
};

TEST_F(HeadRunTest, LearnsAPlantedProblemWithEveryBalance) {
  WriteExampleStore(folder_ / "s", ExampleManifest(folder_, 320, 4), 10);
  for (const auto& [balance, name] : EnumTable(Balance{})) {
    HeadConfig config = Config(name);
    config.settings.recipe.balance = balance;
    Run(config);
    EXPECT_GE(TestAccuracy(name), 0.95) << name;
    const model::Bundle bundle = Result(name);
    EXPECT_EQ(bundle.validation.at("n"), 80);
    EXPECT_LE(bundle.validation.at("log_loss"),
              bundle.validation.at("log_loss_uncalibrated") + 1e-12);
    EXPECT_FALSE(fs::exists(config.out / "checkpoint-1.safetensors"));
    EXPECT_TRUE(fs::exists(config.out / "run.yaml"));
  }
}

TEST_F(HeadRunTest, LearnsNothingFromNoise) {
  WriteExampleStore(folder_ / "s", ExampleManifest(folder_, 320), 10, 0);
  Run(Config());
  EXPECT_NEAR(TestAccuracy(), 0.5, 0.2);
}

TEST_F(HeadRunTest, SameFilesAtAnyThreadCount) {
  WriteExampleStore(folder_ / "s", ExampleManifest(folder_, 160), 10);
  for (const int threads : {1, 2, 5}) {
    SetThreads(threads);
    Run(Config(std::to_string(threads)));
  }
  EXPECT_EQ(FilesOf(folder_ / "1"), FilesOf(folder_ / "2"));
  EXPECT_EQ(FilesOf(folder_ / "1"), FilesOf(folder_ / "5"));
}

TEST_F(HeadRunTest, AFinishedRunIsLeftAloneAndOtherSettingsAreRefused) {
  WriteExampleStore(folder_ / "s", ExampleManifest(folder_, 80), 5);
  HeadConfig config = Config();
  Run(config);
  const auto files = FilesOf(config.out);
  PublishBytes(config.out / "checkpoint-1.safetensors", "left by a killed run");
  Run(config);
  EXPECT_EQ(FilesOf(config.out), files);
  config.settings.recipe.lr = 0.02;
  EXPECT_THAT(MessageOf([&] { Run(config); }), HasSubstr("--fresh"));
  EXPECT_EQ(FilesOf(config.out), files);
  config.fresh = true;
  Run(config);
  EXPECT_NE(FilesOf(config.out), files);
}

TEST_F(HeadRunTest, TheBestOfSeveralSeedsBecomesTheBundle) {
  WriteExampleStore(folder_ / "s", ExampleManifest(folder_, 160), 8, 0.5);
  HeadConfig config = Config();
  config.settings.seeds = 3;
  Run(config);
  EXPECT_THAT(ReadFile(config.out / "run.yaml"), HasSubstr("validation_accuracy_over_seeds"));
  config.settings.seeds = 1;
  std::set<double> losses;
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    config.out = folder_ / fmt::format("seed{}", seed);
    Run(config, seed);
    losses.insert(Result(fmt::format("seed{}", seed)).validation.at("log_loss_uncalibrated"));
  }
  EXPECT_EQ(losses.size(), 3u);
  EXPECT_EQ(Result().validation.at("log_loss_uncalibrated"), *losses.begin());
}

TEST_F(HeadRunTest, FewerRowsThanABatchAndALastBatchOfOneRow) {
  for (const int n : {16, 34}) {  // 8 rows of split train; 17 are a batch of 16 and one row more
    const std::string name = std::to_string(n);
    WriteExampleStore(folder_ / name, ExampleManifest(folder_, n), 5);
    HeadConfig config = Config("out" + name);
    config.features = {folder_ / name};
    Run(config);
    EXPECT_EQ(ReadCsv(config.out / "history.csv").rows.size(), 6u);
  }
}

TEST_F(HeadRunTest, AWarmStartIsNeverWorseThanWhatItStartsFrom) {
  WriteExampleStore(folder_ / "s", ExampleManifest(folder_, 160), 8, 1.5);
  HeadConfig config = Config("first");
  config.settings.standardize = true;
  Run(config);
  const double first = Result("first").validation.at("log_loss_uncalibrated");
  config.files.initial = folder_ / "first/bundle";
  config.out = folder_ / "second";
  config.settings.recipe.lr = 0.001;
  Run(config);
  EXPECT_LE(Result("second").validation.at("log_loss_uncalibrated"), first);
  config.out = folder_ / "ruined";
  config.settings.recipe.lr = 10;
  config.settings.recipe.scheduler = Schedule::kConstant;
  Run(config);
  const model::Bundle ruined = Result("ruined");
  EXPECT_EQ(ruined.validation.at("best_epoch"), -1);
  EXPECT_EQ(ruined.validation.at("log_loss_uncalibrated"), first);
  EXPECT_EQ(ReadFile(folder_ / "ruined/bundle/head.safetensors"),
            ReadFile(folder_ / "first/bundle/head.safetensors"));
}

TEST_F(HeadRunTest, AnInitialBundleThatDoesNotFitIsRefused) {
  WriteExampleStore(folder_ / "s", ExampleManifest(folder_, 80), 8);
  WriteExampleStore(folder_ / "t", ExampleManifest(folder_, 80), 8, 3, "other");
  Run(Config("first"));
  HeadConfig config = Config("second");
  config.files.initial = folder_ / "first/bundle";
  const auto message = [&](const std::function<void(HeadConfig&)>& change) {
    HeadConfig changed = config;
    change(changed);
    return MessageOf([&] { Run(changed); });
  };
  EXPECT_THAT(message([](HeadConfig& c) {
                c.settings.recipe.hidden = {12, 7};
              }),
              HasSubstr("has --hidden 12,6, --hidden is 12,7"));
  EXPECT_THAT(message([](HeadConfig& c) { c.settings.standardize = true; }),
              HasSubstr("--no-standardize"));
  EXPECT_THAT(message([&](HeadConfig& c) { c.features = {folder_ / "t"}; }),
              HasSubstr("made otherwise"));
  PublishBytes(folder_ / "columns.csv", "index\n0\n3\n");
  EXPECT_THAT(message([&](HeadConfig& c) { c.files.selection = folder_ / "columns.csv"; }),
              HasSubstr("--selection"));
  EXPECT_THAT(message([&](HeadConfig& c) { c.files.initial = folder_ / "none"; }),
              HasSubstr("bundle.yaml"));
}

TEST_F(HeadRunTest, ASelectionTrainsOnItsColumns) {
  WriteExampleStore(folder_ / "s", ExampleManifest(folder_, 160), 10);
  PublishBytes(folder_ / "noise.csv", "index\n9\n5\n");
  PublishBytes(folder_ / "planted.csv", "index\n2\n0\n1\n");
  HeadConfig config = Config();
  config.files.selection = folder_ / "planted.csv";
  Run(config);
  EXPECT_EQ(Result().selection, (std::vector<int64_t>{2, 0, 1}));
  EXPECT_GE(TestAccuracy(), 0.95);
  config.files.selection = folder_ / "noise.csv";
  config.out = folder_ / "noise";
  Run(config);
  EXPECT_LE(TestAccuracy("noise"), 0.8);
}

}  // namespace
}  // namespace kallos::train
