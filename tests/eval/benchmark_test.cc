// kallos-eval benchmark on feature stores and on predictions; tests/e2e has it on photographs.
#include "eval/benchmark.h"

#include <nlohmann/json.hpp>

#include "lib/core/csv.h"
#include "lib/model/bundle.h"
#include "tests/store/example_store.h"

namespace kallos::eval {
namespace {

using store::Manifest;
using store::StoreInfo;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> ViolationsOf(const BenchmarkConfig& config) {
  Violations violations;
  Validate(config, violations);
  return violations;
}

TEST(BenchmarkConfig, AcceptsThreeWays) {
  BenchmarkConfig predictions;
  predictions.predictions = {"p.csv"};
  EXPECT_THAT(ViolationsOf(predictions), IsEmpty());
  BenchmarkConfig features;
  features.bundle = {"b"};
  features.features = {"f"};
  EXPECT_THAT(ViolationsOf(features), IsEmpty());
  features.manifest = "m.csv";
  features.split = "val";
  features.strict = true;
  EXPECT_THAT(ViolationsOf(features), IsEmpty());
  BenchmarkConfig photos;
  photos.bundle = {"b"};
  photos.manifest = "m.csv";
  photos.weights = {"w.h5"};
  photos.device = "cpu";
  EXPECT_THAT(ViolationsOf(photos), IsEmpty());
}

TEST(BenchmarkConfig, RefusesTheRest) {
  EXPECT_THAT(ViolationsOf({}), ElementsAre(HasSubstr("what to judge is missing")));
  BenchmarkConfig bundle;
  bundle.bundle = {"b"};
  EXPECT_THAT(ViolationsOf(bundle), ElementsAre(HasSubstr("--features, or a --manifest")));
  bundle.names = {"a", "b"};
  bundle.calibration = {"c.csv"};
  bundle.features = {"f"};
  EXPECT_THAT(ViolationsOf(bundle),
              ElementsAre(HasSubstr("--calibration is for"), HasSubstr("2 names for 1 models")));
  bundle.names.clear();
  bundle.calibration.clear();
  bundle.weights = {"w.h5"};
  bundle.device = "cuda";
  EXPECT_THAT(ViolationsOf(bundle),
              ElementsAre(HasSubstr("--weights is for"), HasSubstr("--device is for")));
  BenchmarkConfig photos;
  photos.manifest = "m.csv";
  EXPECT_THAT(ViolationsOf(photos), ElementsAre(HasSubstr("--bundle with")));
  BenchmarkConfig predictions = bundle;
  predictions.predictions = {"p.csv"};
  predictions.manifest = "m.csv";
  predictions.split = "test";
  predictions.strict = true;
  EXPECT_THAT(ViolationsOf(predictions),
              ElementsAre(HasSubstr("--bundle does"), HasSubstr("--features does"),
                          HasSubstr("--manifest does"), HasSubstr("--split does"),
                          HasSubstr("--strict with --predictions"), HasSubstr("--weights is"),
                          HasSubstr("--device is")));
}

class BenchmarkTest : public store::StoreTest {
 protected:
  static constexpr int64_t kDimension = 4;

  void SetUp() override {
    StoreTest::SetUp();
    manifest_ = MakeManifest(40);
    const char* const splits[] = {"test", "train", "test", "val"};
    for (size_t i = 0; i < manifest_.rows.size(); ++i) manifest_.rows[i].split = splits[i / 2 % 4];
    Write(folder_ / "features", manifest_, MakeInfo(kDimension), 16);
    model::Bundle bundle;
    const StoreInfo info = MakeInfo(kDimension);
    bundle.parts = {{info.extractor, info.description, info.fingerprint, kDimension}};
    bundle.head = model::InitHead({static_cast<size_t>(kDimension), {8}, {0.0}}, 1);
    model::SaveBundle(folder_ / "bundle", bundle);
  }

  BenchmarkConfig Config() const {
    BenchmarkConfig config;
    config.bundle = {folder_ / "bundle"};
    config.features = {folder_ / "features"};
    config.out = folder_ / "out";
    return config;
  }

  nlohmann::json Run(const BenchmarkConfig& config) const {
    RunRecord record("test", "{}");
    RunContext context{1, record};
    RunBenchmark(config, context);
    return nlohmann::json::parse(ReadFile(config.out / "metrics.json"));
  }

  CsvTable Table(const char* name) const { return ReadCsv(folder_ / "out" / name); }

  Manifest manifest_;
};

TEST_F(BenchmarkTest, JudgesTheLabelledRowsOfTheSplit) {
  const auto json = Run(Config());
  int64_t expected = 0, lost = 0;
  for (size_t i = 0; i < manifest_.rows.size(); ++i) {
    lost += i % 7 == 3 ? 1 : 0;  // as MakeShard skips them
    expected += i % 7 != 3 && manifest_.rows[i].label && manifest_.rows[i].split == "test" ? 1 : 0;
  }
  EXPECT_EQ(json["benchmarks"]["test"]["n"], expected);
  EXPECT_EQ(static_cast<int64_t>(Table("predictions.csv").rows.size()), expected);
  EXPECT_EQ(static_cast<int64_t>(Table("skipped.csv").rows.size()), lost);
  EXPECT_THAT(json["notes"].dump(),
              AllOf(HasSubstr("rows without a label"), HasSubstr("(of any split) gave no")));
  for (const char* name : {"table.md", "table.csv", "run.yaml"})
    EXPECT_TRUE(fs::exists(folder_ / "out" / name));
}

TEST_F(BenchmarkTest, TheSameBytesAgain) {
  const auto bytes = [&] {
    auto files = std::map<std::string, std::string>();
    for (const char* name :
         {"table.md", "table.csv", "metrics.json", "predictions.csv", "skipped.csv"})
      files[name] = ReadFile(folder_ / "out" / name);
    return files;
  };
  Run(Config());
  const auto first = bytes();
  Run(Config());
  EXPECT_EQ(bytes(), first);
}

TEST_F(BenchmarkTest, ItsPredictionsGiveItsTable) {
  BenchmarkConfig config = Config();
  const auto from_bundle = Run(config)["benchmarks"];
  BenchmarkConfig again;
  again.predictions = {config.out / "predictions.csv"};
  again.out = folder_ / "again";
  EXPECT_EQ(Run(again)["benchmarks"], from_bundle);
}

TEST_F(BenchmarkTest, SeveralModelsInOneCall) {
  model::Bundle other = model::LoadBundle(folder_ / "bundle");
  other.head = model::InitHead({static_cast<size_t>(kDimension), {8}, {0.0}}, 2);
  other.temperature = 2;
  model::SaveBundle(folder_ / "other/bundle", other);
  const auto alone = Run(Config())["benchmarks"];
  BenchmarkConfig config = Config();
  config.bundle.push_back(folder_ / "other/bundle");
  config.features.push_back(folder_ / "second");  // that neither bundle was trained on
  Write(folder_ / "second", manifest_, MakeInfo(kDimension, false, "another"), 16);
  config.names = {"first", "other"};
  config.out = folder_ / "both";
  const auto both = Run(config);
  EXPECT_EQ(both["models"]["first"]["benchmarks"], alone);
  EXPECT_NE(both["models"]["other"]["benchmarks"], alone);
  EXPECT_EQ(nlohmann::json::parse(ReadFile(folder_ / "both/first/metrics.json"))["benchmarks"],
            alone);
  for (const char* name :
       {"first/run.yaml", "other/predictions.csv", "other/calibration.csv", "table.md", "run.yaml"})
    EXPECT_TRUE(fs::exists(folder_ / "both" / name)) << name;
  EXPECT_THAT(ReadFile(folder_ / "both/table.md"), HasSubstr("| without temperature"));
}

TEST_F(BenchmarkTest, AReferenceStandsBesideAndCountsAreChecked) {
  PublishBytes(folder_ / "r.yaml",
               "format_version: 1\nbenchmarks:\n  test: {good: 1, bad: 1}\nmodels:\n  theirs:\n    "
               "results:\n"
               "      test: {correct: 2}\n");
  BenchmarkConfig config = Config();
  config.reference = folder_ / "r.yaml";
  const auto json = Run(config);
  EXPECT_EQ(json["published"]["theirs"]["benchmarks"]["test"]["accuracy"]["value"], 1);
  EXPECT_THAT(json["notes"].dump(), HasSubstr("published 1 and 1: not the published benchmark"));
  EXPECT_THAT(ReadFile(folder_ / "out/table.md"), HasSubstr("theirs (published)"));
  BenchmarkConfig predictions;
  predictions.predictions = {folder_ / "out/predictions.csv"};
  predictions.reference = folder_ / "r.yaml";
  predictions.out = folder_ / "strict";
  predictions.strict = true;
  EXPECT_THAT(MessageOf([&] { Run(predictions); }), HasSubstr("are not those of"));
}

TEST_F(BenchmarkTest, SaysWhatWasSelectedOnTest) {
  model::Bundle bundle = model::LoadBundle(folder_ / "bundle");
  bundle.selection = {3, 0, 1, 2};
  for (const auto& [rows, note] : {std::pair("test", "SELECTED ON TEST: its 4 columns"),
                                   std::pair("val", "Its 4 columns were selected on: val.")}) {
    bundle.selected_on = rows;
    model::SaveBundle(folder_ / "bundle", bundle);
    EXPECT_THAT(Run(Config())["notes"].dump(), HasSubstr(note));
  }
}

TEST_F(BenchmarkTest, CalibrationOfPredictionsMadeElsewhere) {
  Run(Config());
  BenchmarkConfig config;
  config.predictions = {folder_ / "out/predictions.csv"};
  config.calibration = config.predictions;
  config.out = folder_ / "calibrated";
  Run(config);
  const CsvTable table = ReadCsv(folder_ / "calibrated/calibration.csv");
  EXPECT_EQ(table.rows.size(), 4u * 3);
  EXPECT_EQ(table.rows.back()[1], "temperature+prior");
  EXPECT_FALSE(ReadCsv(folder_ / "calibrated/reliability.csv").rows.empty());
}

TEST_F(BenchmarkTest, TheManifestReplacesLabelsSplitsBenchmarksAndGroups) {
  Manifest other = manifest_;
  for (size_t i = 0; i < other.rows.size(); ++i) {
    other.rows[i].label = i % 3 == 0 ? 1 : 0;
    other.rows[i].split = "train";
    other.rows[i].group = fmt::format("g{}", i / 4);
    if (i < 20) other.rows[i].benchmark = "Alm";
  }
  other.rows.resize(30);
  WriteManifest(folder_ / "other.csv", other);
  BenchmarkConfig config = Config();
  config.manifest = folder_ / "other.csv";
  const auto json = Run(config);
  EXPECT_EQ(json["benchmarks"].size(), 1u);
  EXPECT_EQ(json["benchmarks"]["Alm"]["n"], 17);  // rows 3, 10 and 17 have no features
  EXPECT_EQ(json["benchmarks"]["Alm"]["groups"], 5);
  const CsvTable skipped = Table("skipped.csv");
  ASSERT_EQ(skipped.rows.size(), 3u);
  EXPECT_THAT(skipped.rows[0],
              ElementsAre("photo003", "photos/photo003.jpg", "broken, \"really\""));
}

TEST_F(BenchmarkTest, RowsThatNoStoreKnowsAreListed) {
  Manifest more = manifest_;
  store::ManifestRow row = more.rows[0];
  row.id = "new";
  more.rows.push_back(row);
  WriteManifest(folder_ / "more.csv", more);
  BenchmarkConfig config = Config();
  config.manifest = folder_ / "more.csv";
  Run(config);
  EXPECT_THAT(Table("skipped.csv").rows,
              Contains(ElementsAre("new", row.path, "not in the feature stores")));
}

TEST_F(BenchmarkTest, StrictFailsAfterWriting) {
  BenchmarkConfig config = Config();
  config.strict = true;
  EXPECT_THAT(MessageOf([&] { Run(config); }),
              AllOf(HasSubstr("--strict"), HasSubstr("skipped.csv")));
  EXPECT_TRUE(fs::exists(folder_ / "out" / "table.md"));
}

TEST_F(BenchmarkTest, SaysWhenRowsMadeTheModel) {
  BenchmarkConfig config = Config();
  config.split = "all";
  EXPECT_THAT(Run(config)["notes"].dump(), HasSubstr("which made the model"));
}

TEST_F(BenchmarkTest, Refuses) {
  BenchmarkConfig config = Config();
  config.bundle = {folder_ / "features"};
  EXPECT_THAT(MessageOf([&] { Run(config); }), HasSubstr("no model bundle"));
  config = Config();
  config.features.push_back(folder_ / "features");
  EXPECT_THAT(MessageOf([&] { Run(config); }), HasSubstr("are the same store"));
  Write(folder_ / "others", manifest_, MakeInfo(kDimension, false, "another"), 16);
  config.features.back() = folder_ / "others";
  EXPECT_THAT(MessageOf([&] { Run(config); }),
              HasSubstr("trained on 1 feature stores, 2 are given"));
  config.features = {folder_ / "others"};
  EXPECT_THAT(MessageOf([&] { Run(config); }), HasSubstr("made otherwise than the bundle's"));
  Manifest empty = manifest_;
  for (store::ManifestRow& row : empty.rows) row.split = "train";
  WriteManifest(folder_ / "train.csv", empty);
  config = Config();
  config.manifest = folder_ / "train.csv";
  EXPECT_THAT(MessageOf([&] { Run(config); }), HasSubstr("no labelled row of split 'test'"));
  EXPECT_FALSE(fs::exists(folder_ / "out" / "metrics.json"));
}

}  // namespace
}  // namespace kallos::eval
