#include "eval/robustness/robustness_report.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "eval/robustness/published_rows.h"
#include "lib/core/csv.h"
#include "tests/measures/example_predictions.h"

namespace kallos::eval {
namespace {

using image::Transform;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr View kUntouched = {};
constexpr View kBlur1 = {Transform::kBlur, 1}, kBlur5 = {Transform::kBlur, 5};
constexpr View kNoise1 = {Transform::kNoise, 1}, kNoise5 = {Transform::kNoise, 5};

ViewPredictions Shown(const View& view, const std::vector<double>& probabilities) {
  return {view, measures::MakePredictions(probabilities, {1, 1, 0, 0})};
}

// Four photographs, good good bad bad; untouched all but the last are judged right.
std::vector<ViewPredictions> Example() {
  return {Shown(kUntouched, {0.9, 0.8, 0.1, 0.7}), Shown(kBlur1, {0.9, 0.4, 0.1, 0.7}),
          Shown(kBlur5, {0.3, 0.6, 0.1, 0.2}), Shown(kNoise1, {0.9, 0.9, 0.1, 0.9}),
          Shown(kNoise5, {0.9, 0.9, 0.6, 0.9})};
}

const RobustnessRow& Find(const RobustnessReport& report, const std::string& transform,
                          const std::string& severity, Variant variant = Variant::kCorrect) {
  for (const RobustnessRow& row : report.rows) {
    if (row.transform == transform && row.severity == severity && row.variant == variant)
      return row;
  }
  throw BugError("no row " + transform + " " + severity);
}

double ValueOf(const RobustnessRow& row, const std::string& measure) {
  return row.by_name.at(measure).value.value();
}

TEST(RobustnessReport, PoolsSeveritiesAndTransforms) {
  const RobustnessReport report = MakeRobustnessReport(Example(), false, 1);
  std::vector<std::string> names;
  for (const RobustnessRow& row : report.rows)
    names.push_back(fmt::format("{} {} {}", row.transform, row.severity, row.n));
  EXPECT_THAT(names,
              ElementsAre("none  4", "blur 1 4", "blur 5 4", "blur all 8", "noise 1 4", "noise 5 4",
                          "noise all 8", "joint 1 8", "joint 5 8", "joint all 16"));
}

TEST(RobustnessReport, KnownAnswers) {
  const RobustnessReport report = MakeRobustnessReport(Example(), false, 1);
  EXPECT_EQ(ValueOf(Find(report, "none", ""), "accuracy"), 0.75);
  EXPECT_EQ(ValueOf(Find(report, "blur", "1"), "accuracy"), 0.5);
  EXPECT_EQ(ValueOf(Find(report, "blur", "1"), "consistency"), 0.75) << "the second changed";
  EXPECT_EQ(ValueOf(Find(report, "blur", "5"), "accuracy"), 0.75);
  EXPECT_EQ(ValueOf(Find(report, "blur", "5"), "consistency"), 0.5)
      << "the first and the last changed";
  EXPECT_EQ(ValueOf(Find(report, "blur", "all"), "accuracy"), 0.625);
  EXPECT_EQ(ValueOf(Find(report, "blur", "all"), "consistency"), 0.625);
  EXPECT_EQ(ValueOf(Find(report, "blur", "all"), "worst_case"), 0.25)
      << "the third alone is right under both";
  EXPECT_EQ(ValueOf(Find(report, "joint", "1"), "worst_case"), 0.5) << "the first and the third";
  EXPECT_EQ(ValueOf(Find(report, "joint", "all"), "worst_case"), 0) << "noise-5 takes the third";
  EXPECT_EQ(ValueOf(Find(report, "joint", "all"), "precision"), 6.0 / 10);
  EXPECT_FALSE(Find(report, "none", "").by_name.contains("consistency"));
  EXPECT_FALSE(Find(report, "blur", "1").by_name.contains("worst_case"));
}

TEST(RobustnessReport, OneTransformOfOneSeverityPoolsNothing) {
  const auto views = Example();
  const RobustnessReport report = MakeRobustnessReport({views[0], views[3]}, false, 1);
  ASSERT_EQ(report.rows.size(), 2u);
  EXPECT_EQ(ValueOf(report.rows[1], "accuracy"), 0.75);
}

TEST(RobustnessReport, UntouchedIsWhatBenchmarkSays) {
  const std::vector<measures::Prediction> predictions = measures::DrawPredictions(3, 80);
  const RobustnessReport report = MakeRobustnessReport({{kUntouched, predictions}}, false, 7);
  const measures::Measures expected = measures::MeasureClassification(predictions, 7);
  for (const auto& [name, measure] : expected.by_name) {
    const measures::Measure& found = report.rows[0].by_name.at(name);
    EXPECT_EQ(found.value, measure.value) << name;
    EXPECT_EQ(found.low, measure.low) << name;
    EXPECT_EQ(found.high, measure.high) << name;
  }
}

// Views that change nothing: as good as before, and as sure as the photographs alone
// allow, however many views.
TEST(RobustnessReport, ViewsOfAPhotographAreOneDraw) {
  const std::vector<measures::Prediction> predictions = measures::DrawPredictions(4, 100);
  std::vector<ViewPredictions> views = {{kUntouched, predictions}};
  for (const View& view : {kBlur1, kBlur5, kNoise1, kNoise5}) views.push_back({view, predictions});
  const RobustnessReport report = MakeRobustnessReport(views, false, 1);
  const RobustnessRow &none = Find(report, "none", ""), &joint = Find(report, "joint", "all");
  EXPECT_EQ(joint.n, 400);
  EXPECT_EQ(ValueOf(joint, "consistency"), 1);
  EXPECT_EQ(ValueOf(joint, "worst_case"), ValueOf(none, "accuracy"));
  for (const char* name : {"accuracy", "precision", "recall", "roc_auc"}) {
    EXPECT_NEAR(ValueOf(joint, name), ValueOf(none, name), 1e-12) << name;
    EXPECT_NEAR(*joint.by_name.at(name).low, *none.by_name.at(name).low, 0.005) << name;
    EXPECT_NEAR(*joint.by_name.at(name).high, *none.by_name.at(name).high, 0.005) << name;
  }
}

TEST(RobustnessReport, BenchmarksStandApartAndOneOfOneClassSaysWhatItLacks) {
  std::vector<ViewPredictions> views = Example();
  for (ViewPredictions& view : views) {
    for (measures::Prediction& p : view.predictions) p.benchmark = p.label == 0 ? "COCO" : "Alm";
  }
  const RobustnessReport report = MakeRobustnessReport(views, false, 1);
  EXPECT_EQ(report.rows.size(), 20u);
  EXPECT_EQ(report.rows[0].benchmark, "Alm");
  EXPECT_THAT(report.rows[10].by_name.at("roc_auc").why, HasSubstr("are bad"));
  EXPECT_EQ(ValueOf(report.rows[10], "accuracy"), ValueOf(report.rows[10], "specificity"));
}

// Every published figure of the test, to its last digit, from the counts.
TEST(PublishedRobustness, CountsGiveThePublishedFigures) {
  struct Figures {
    const char *benchmark, *transform;
    double accuracy, precision, recall;
  };
  const Figures published[] = {{"Benchmark1", "none", 90.99, 91.11, 87.23},
                               {"Alm", "none", 94.0, 91.51, 97.0},
                               {"Custom", "none", 94.0, 94.0, 94.0},
                               {"Benchmark1", "rotate", 90.99, 93.02, 85.11},
                               {"Alm", "rotate", 96.0, 95.1, 97.0},
                               {"Custom", "rotate", 93.5, 95.79, 91.0},
                               {"Benchmark1", "crop", 88.29, 85.42, 87.23},
                               {"Alm", "crop", 94.0, 92.31, 96.0},
                               {"Custom", "crop", 93.5, 93.07, 94.0},
                               {"Benchmark1", "denoise", 83.78, 73.02, 97.87},
                               {"Alm", "denoise", 87.0, 81.36, 96.0},
                               {"Custom", "denoise", 80.5, 75.63, 90.0},
                               {"Benchmark1", "blur", 58.56, 100, 2.13},
                               {"Alm", "blur", 51.0, 100, 2.0},
                               {"Custom", "blur", 49.0, 0, 0},
                               {"Benchmark1", "noise", 72.07, 90.0, 38.3},
                               {"Alm", "noise", 70.0, 97.62, 41.0},
                               {"Custom", "noise", 69.0, 95.24, 40.0},
                               {"Benchmark1", "sharpness", 61.26, 64.29, 19.15},
                               {"Alm", "sharpness", 60.0, 85.71, 24.0},
                               {"Custom", "sharpness", 67.0, 86.96, 40.0},
                               {"Benchmark1", "joint", 76.13, 81.87, 56.03},
                               {"Alm", "joint", 76.42, 90.13, 59.33},
                               {"Custom", "joint", 75.42, 87.84, 59.0}};
  for (const Figures& figures : published) {
    const RobustnessRow row = PublishedRow(figures.benchmark, figures.transform).value();
    const auto percent = [&](const char* measure) {
      return std::round(1e4 * ValueOf(row, measure)) / 100;
    };
    const std::string what = fmt::format("{} {}", figures.benchmark, figures.transform);
    EXPECT_DOUBLE_EQ(percent("accuracy"), figures.accuracy) << what;
    EXPECT_DOUBLE_EQ(percent("precision"), figures.precision) << what;
    EXPECT_DOUBLE_EQ(percent("recall"), figures.recall) << what;
  }
}

TEST(RobustnessReport, PublishedNumbersFollowUnderLegacyAlone) {
  std::vector<ViewPredictions> views = {
      Shown(kUntouched, {0.9, 0.8, 0.1, 0.7}),
      Shown({Transform::kBlur, kAsPublished}, {0.9, 0.4, 0.1, 0.7})};
  for (ViewPredictions& view : views) {
    for (measures::Prediction& p : view.predictions) p.benchmark = "Alm";
  }
  const RobustnessReport legacy = MakeRobustnessReport(views, true, 1);
  ASSERT_EQ(legacy.rows.size(), 4u);
  EXPECT_EQ(legacy.rows[3].variant, Variant::kPublished);
  EXPECT_EQ(ValueOf(legacy.rows[3], "accuracy"), 0.51);
  EXPECT_THAT(FormatRobustnessMarkdown(legacy), HasSubstr("are quoted from the publication"));
  EXPECT_EQ(MakeRobustnessReport(views, false, 1).rows.size(), 2u);
  for (ViewPredictions& view : views) {
    for (measures::Prediction& p : view.predictions) p.benchmark = "mine";
  }
  const RobustnessReport mine = MakeRobustnessReport(views, true, 1);
  EXPECT_EQ(mine.rows.size(), 2u);
  EXPECT_THAT(FormatRobustnessMarkdown(mine), Not(HasSubstr("published")));
}

TEST(RobustnessReport, ThePublishedJointRowStandsBesideSixTransformsOnly) {
  const auto published = [](const std::vector<Transform>& transforms) {
    std::vector<ViewPredictions> views = {Shown(kUntouched, {0.9, 0.8, 0.1, 0.7})};
    for (const Transform transform : transforms)
      views.push_back(Shown({transform, kAsPublished}, {0.9, 0.4, 0.1, 0.7}));
    for (ViewPredictions& view : views) {
      for (measures::Prediction& p : view.predictions) p.benchmark = "Custom";
    }
    const RobustnessReport report = MakeRobustnessReport(views, true, 1);
    return std::ranges::count_if(report.rows, [](const RobustnessRow& row) {
      return row.transform == kJoint && row.variant == Variant::kPublished;
    });
  };
  EXPECT_EQ(published({Transform::kBlur, Transform::kNoise}), 0);
  EXPECT_EQ(published(RobustnessConfig().transforms), 1);
}

TEST(RobustnessReport, Files) {
  RobustnessReport report = MakeRobustnessReport(Example(), false, 1);
  report.notes = {"a note"};
  const CsvTable table = ParseCsv(FormatRobustnessCsv(report), "robustness.csv");
  EXPECT_EQ(Join(table.columns, ","),
            "variant,transform,severity,benchmark,n,measure,value,low,high,why");
  const auto json = nlohmann::json::parse(FormatRobustnessJson(report));
  EXPECT_EQ(json["rows"].size(), 10u);
  EXPECT_EQ(json["rows"][3]["worst_case"]["value"], 0.25);
  EXPECT_EQ(json["notes"][0], "a note");
  EXPECT_THAT(FormatRobustnessMarkdown(report),
              HasSubstr("| correct | blur      | all      | 8  | 62.50"));
  const CsvTable predictions = ParseCsv(FormatViewPredictions(Example(), false), "predictions.csv");
  EXPECT_EQ(Join(predictions.columns, ","),
            "id,variant,transform,severity,benchmark,label,probability");
  EXPECT_EQ(Join(predictions.rows[5], ","), "test-00001,correct,blur,1,test,1,0.4");
}

// Accuracy, precision and recall as published, in percent to two decimals.
TEST(PublishedRobustness, EveryFigureToTheLastDigit) {
  const std::vector<std::pair<std::string, std::vector<std::vector<double>>>> published = {
      {"none", {{90.99, 91.11, 87.23}, {94.0, 91.51, 97.0}, {94.0, 94.0, 94.0}}},
      {"rotate", {{90.99, 93.02, 85.11}, {96.0, 95.1, 97.0}, {93.5, 95.79, 91.0}}},
      {"crop", {{88.29, 85.42, 87.23}, {94.0, 92.31, 96.0}, {93.5, 93.07, 94.0}}},
      {"denoise", {{83.78, 73.02, 97.87}, {87.0, 81.36, 96.0}, {80.5, 75.63, 90.0}}},
      {"blur", {{58.56, 100, 2.13}, {51.0, 100, 2.0}, {49.0, 0, 0}}},
      {"noise", {{72.07, 90.0, 38.3}, {70.0, 97.62, 41.0}, {69.0, 95.24, 40.0}}},
      {"sharpness", {{61.26, 64.29, 19.15}, {60.0, 85.71, 24.0}, {67.0, 86.96, 40.0}}},
      {"joint", {{76.13, 81.87, 56.03}, {76.42, 90.13, 59.33}, {75.42, 87.84, 59.0}}}};
  const std::vector<std::string> benchmarks = {"Benchmark1", "Alm", "Custom"};
  const std::vector<std::string> measures = {"accuracy", "precision", "recall"};
  for (const auto& [transform, by_benchmark] : published) {
    for (size_t b = 0; b < benchmarks.size(); ++b) {
      const RobustnessRow row = PublishedRow(benchmarks[b], transform).value();
      EXPECT_EQ(row.n, (b == 0 ? 111 : 200) * (transform == "joint" ? 6 : 1));
      for (size_t m = 0; m < measures.size(); ++m)
        EXPECT_EQ(fmt::format("{:.2f}", 100 * ValueOf(row, measures[m])),
                  fmt::format("{:.2f}", by_benchmark[b][m]))
            << benchmarks[b] << " " << transform << " " << measures[m];
    }
  }
  EXPECT_FALSE(PublishedRow("Benchmark2", "rotate").has_value()) << "interrupted, never published";
  EXPECT_FALSE(PublishedRow("Alm", "joint")->by_name.at("accuracy").low.has_value());
}

}  // namespace
}  // namespace kallos::eval
