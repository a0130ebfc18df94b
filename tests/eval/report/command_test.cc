#include "eval/report/command.h"

#include "lib/core/file.h"
#include "lib/core/log.h"
#include "lib/document/html.h"
#include "tests/eval/report/example_runs.h"
#include "tests/measures/example_predictions.h"

namespace kallos::report {
namespace {

using measures::DrawPredictions;
using measures::MakePredictions;
using measures::MessageOf;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string Version1(const std::string& keys) {
  return "{\"format_version\": 1, " + keys + "}";
}

class ReportCommand : public testing::Test {
 protected:
  void SetUp() override {
    if (!document::HasChartLibrary())
      GTEST_SKIP() << "skipped: built without Chart.js (Debian: libjs-chart.js)";
    folder_ = MakeTestFolder("command");
    SetLogLevel(LogLevel::kError);
  }
  void TearDown() override {
    SetLogLevel(LogLevel::kInfo);
    if (!folder_.empty()) fs::remove_all(folder_);
  }

  void Run(const std::vector<fs::path>& runs) const {
    RunRecord record("kallos-eval report", "{}");
    RunContext context{0, record};
    RunReport({runs, {}, 24, folder_ / "report"}, context);
  }
  // The Markdown, which says what the page shows.
  std::string TextOf(const std::vector<fs::path>& runs) const {
    Run(runs);
    return ReadFile(folder_ / "report/report.md");
  }
  std::string ErrorOf(const std::vector<fs::path>& runs) const {
    return MessageOf([&] { Run(runs); });
  }

  fs::path folder_;
};

TEST_F(ReportCommand, EveryKindOfRunHasItsSection) {
  MakeRunsOfAllKinds(folder_ / "runs");
  const std::string text = TextOf({folder_ / "runs"});
  for (const char* section :
       {"Summary", "Benchmarks", "Comparisons", "Curves and confusion", "Calibration",
        "Photographs", "Robustness", "Genetic search", "Ways to choose columns", "Components",
        "Training", "Lineage", "Settings and how to reproduce"})
    EXPECT_THAT(text, HasSubstr("\n## " + std::string(section)));
  EXPECT_THAT(text, HasSubstr("a is ")) << "the comparison's sentence";
  EXPECT_THAT(
      text,
      HasSubstr("| test      | ECE     | 0.200 \\[0.100, 0.300\\] | 0.050 \\[0.010, 0.100\\] |"));
  EXPECT_THAT(text, HasSubstr("no photographs left"));
  // Of 2 out of 10 columns.
  EXPECT_THAT(text, HasSubstr("| ga            | 2        | 1.0 by chance 0.4"));
  EXPECT_THAT(text, HasSubstr("Chart: Convergence"));
  for (const char* file : {"report.html", "tables.tex", "run.yaml"})
    EXPECT_TRUE(fs::exists(folder_ / "report" / file));
}

TEST_F(ReportCommand, LegacyStandsBesideCorrectForOneBundle) {
  const std::string head = "variant,transform,severity,benchmark,n,measure,value,low,high,why\n";
  const auto make = [&](const std::string& name, const std::string& rows,
                        const std::string& bundle) {
    PublishBytes(folder_ / name / "robustness.csv", head + rows);
    PublishBytes(folder_ / name / "run.yaml",
                 "command: kallos-eval robustness\nconfig:\n  bundle: " + bundle + "\n");
  };
  make(
      "correct",
      "correct,none,,test,50,accuracy,0.9,0.8,0.95,\ncorrect,blur,1,test,50,accuracy,0.8,0.7,0.9,\n"
      "correct,blur,3,test,50,accuracy,0.7,0.6,0.8,\ncorrect,noise,1,test,50,accuracy,0.75,0.6,0.8,"
      "\n",
      "head/bundle");
  make("legacy", "legacy,blur,,test,50,accuracy,0.5,0.4,0.6,\n", "head/bundle");
  const std::string text = TextOf({folder_ / "correct", folder_ / "legacy"});
  EXPECT_THAT(text, AllOf(HasSubstr("Legacy beside correct, accuracy %: head/bundle"),
                          HasSubstr("| blur      | test      | 50.00 \\[40.0, 60.0\\] | 80.00 "
                                    "\\[70.0, 90.0\\] | -         "
                                    "| 70.00 \\[60.0, 80.0\\] |"),
                          Not(HasSubstr("| noise      | test      |"))));
  make("legacy", "legacy,blur,,test,50,accuracy,0.5,0.4,0.6,\n", "other/bundle");
  EXPECT_THAT(TextOf({folder_ / "correct", folder_ / "legacy"}), Not(HasSubstr("Legacy beside")));
}

TEST_F(ReportCommand, OnlyWhatIsThere) {
  MakeTraining(folder_ / "head");
  const std::string text = TextOf({folder_ / "head"});
  EXPECT_THAT(text, AllOf(HasSubstr("## Training"), Not(HasSubstr("## Benchmarks")),
                          Not(HasSubstr("## Robustness"))));
  // The least validation loss.
  EXPECT_THAT(text, HasSubstr("| head | -             | 3      | 1          | 0.3500"));
}

TEST_F(ReportCommand, TheSameRunsGiveTheSameBytes) {
  MakeRunsOfAllKinds(folder_ / "runs");
  Run({folder_ / "runs"});
  const std::string page = ReadFile(folder_ / "report/report.html");
  Run({folder_ / "runs"});
  EXPECT_EQ(ReadFile(folder_ / "report/report.html"), page);
}

TEST_F(ReportCommand, OneClassHasNoCurvesAndSaysWhy) {
  MakeBenchmark(folder_ / "e", MakePredictions({0.1, 0.2, 0.7}, {0, 0, 0}, "COCO"));
  const std::string text = TextOf({folder_ / "e"});
  EXPECT_THAT(text, HasSubstr("no curves, since all photographs of the benchmark are bad"));
  EXPECT_THAT(text, Not(HasSubstr("Chart: ROC")));
}

TEST_F(ReportCommand, AConstantPredictorSaysSo) {
  MakeBenchmark(folder_ / "e", MakePredictions({0.5, 0.5, 0.5}, {0, 1, 0}));
  EXPECT_THAT(TextOf({folder_ / "e"}), HasSubstr("gives all photographs the same probability"));
}

TEST_F(ReportCommand, ModelsOfOneCallAndPublishedNumbers) {
  MakeBenchmark(folder_ / "paper/GA", DrawPredictions(1, 30));
  const std::string measures =
      R"({"benchmarks": {"macro": {"n": 9, "positives": 3, "accuracy": {"value": 0.5}},
      "Alm": {"n": 200, "positives": 100, "accuracy": {"value": 0.955, "low": 0.917, "high": 0.976}}},
      "notes": ["selected on test."]})";
  PublishBytes(folder_ / "paper/metrics.json",
               "{\"format_version\": 1, \"models\": {\"GA\": " + measures +
                   "}, \"published\": {\"GA 5,000\": " + measures + "}}");
  const std::string text = TextOf({folder_ / "paper"});
  EXPECT_THAT(text, HasSubstr("1 models, each in a folder inside"));
  EXPECT_THAT(text, testing::ContainsRegex(
                        "run +. GA 5,000 .published. . paper/GA +. GA 5,000 .published."));
  // The mean of all comes last.
  EXPECT_THAT(text, testing::ContainsRegex("benchmark +. Alm +. test +. macro"));
  EXPECT_THAT(text, HasSubstr("- GA 5,000 (published): selected on test."));
  EXPECT_THAT(text, HasSubstr("95.50 \\[91.7, 97.6\\]"));
}

TEST_F(ReportCommand, NamesOfFilesAreEscaped) {
  MakeBenchmark(folder_ / "<script>alert(1)<", DrawPredictions(1, 20));
  Run({folder_ / "<script>alert(1)<"});
  EXPECT_THAT(ReadFile(folder_ / "report/report.html"), Not(HasSubstr("<script>alert")));
}

TEST_F(ReportCommand, DamageIsNamed) {
  MakeRunsOfAllKinds(folder_ / "runs");
  const std::vector<std::tuple<const char*, std::string, const char*>> damages = {
      {"a/metrics.json", "{\"benchmarks\": {\n",
       "metrics.json: damaged, or of another format: .*line 2"},
      {"a/metrics.json", Version1("\"benchmarks\": {}"), "holds no benchmark"},
      {"a/metrics.json", Version1("\"benchmarks\": {\"x\": {\"n\": 0}}"),
       "benchmark 'x' has no photographs"},
      {"a/metrics.json", Version1("\"benchmarks\": {\"x\": {\"n\": \"3\"}}"),
       "metrics.json: damaged"},
      {"a/metrics.json", Version1("\"benchmarks\": {\"test\": {\"n\": 5}}"),
       "benchmark 'test' has no measures"},
      {"a/metrics.json", Version1("\"models\": {}"), "holds no model"},
      {"a/metrics.json", "{\"format_version\": 99}",
       "metrics.json: has format_version 99, and this program reads 1"},
      {"compared/compare.json", "{\"format_version\": 99}", "compare.json: has format_version 99"},
      {"robust/robustness.json", "{\"format_version\": 99}",
       "robustness.json: has format_version 99"},
      {"a/predictions.csv", "id,label,probability\na,1,2\n", "predictions.csv:2"},
      {"a/calibration.csv", "benchmark,stage\n", "calibration.csv: column 'measure' is missing"},
      {"a/reliability.csv", "benchmark,stage,mean_probability,share_good,low,high\nx,y,nan,1,,\n",
       "reliability.csv:2: column 'mean_probability': expected a finite number, found 'nan'"},
      {"a/run.yaml", "command: [\n", "run.yaml:2: no record of a run"},
      {"compared/compare.json", Version1("\"pairs\": [{\"a\": 1}]"), "compare.json: damaged"},
      {"head/history.csv", "epoch,fit\n0,x\n", "history.csv: the history of epoch 0 is damaged"},
      {"ga1/history.csv", "generation\nx\n", "history.csv:2"},
      {"ways/compare.csv", "method\n", "compare.csv: column 'selected_on' is missing"},
      {"ways/seed-1/ga/selection.csv", "index\n10\n", "index 10 is not among the 10 columns"},
      {"robust/robustness.csv",
       "variant,transform,severity,benchmark,n,measure,value,low,high\nx,y,z,,,,,,\n",
       "robustness.csv:2: column 'n' is empty"},
      {"pca.h5", "no HDF5", "pca.h5"}};
  for (const auto& [file, bytes, message] : damages) {
    const std::string before = ReadFile(folder_ / "runs" / file);
    PublishBytes(folder_ / "runs" / file, bytes);
    EXPECT_THAT(ErrorOf({folder_ / "runs"}), testing::ContainsRegex(message)) << file;
    PublishBytes(folder_ / "runs" / file, before);
  }
}

TEST_F(ReportCommand, PredictionsAreThoseThatWereMeasured) {
  MakeBenchmark(folder_ / "e", MakePredictions({0.1, 0.8, 0.7, 0.9}, {0, 1, 1, 0}));
  const std::string all = ReadFile(folder_ / "e/predictions.csv");
  std::string cut = all;
  for (int rows = 0; rows < 2; ++rows) cut = cut.substr(0, cut.rfind('\n', cut.size() - 2) + 1);
  PublishBytes(folder_ / "e/predictions.csv", cut);
  EXPECT_THAT(ErrorOf({folder_ / "e"}),
              HasSubstr("e/predictions.csv: benchmark 'test' has 2 photographs (1 good), and "
                        "metrics.json measured 4 "
                        "photographs (2 good)"));
  PublishBytes(folder_ / "e/predictions.csv", all);
  Run({folder_ / "e"});
  MakeScoreBenchmark(folder_ / "scores");
  PublishBytes(folder_ / "scores/predictions.csv", "id,benchmark,score,prediction\na,KonIQ,1,2\n");
  EXPECT_THAT(ErrorOf({folder_ / "scores"}),
              HasSubstr("'KonIQ' has 1 photographs, and metrics.json measured 40"));
}

TEST_F(ReportCommand, PublishedNumbersThatDifferNameTheirRuns) {
  const auto make = [&](const char* run, double accuracy) {
    MakeBenchmark(folder_ / run, DrawPredictions(1, 30));
    std::string json = ReadFile(folder_ / run / "metrics.json");
    json.insert(
        json.rfind('}'),
        fmt::format(R"(, "published": {{"GA": {{"benchmarks": {{"test": {{"n": 9, "positives": 3,
        "accuracy": {{"value": {}}}}}}}}}}})",
                    accuracy));
    PublishBytes(folder_ / run / "metrics.json", json);
  };
  make("x", 0.5), make("y", 0.5);
  std::string text = TextOf({folder_ / "x", folder_ / "y"});
  EXPECT_THAT(text, AllOf(HasSubstr("GA (published)"), HasSubstr("50.00"),
                          Not(HasSubstr("published, as"))));
  make("y", 0.75);
  text = TextOf({folder_ / "x", folder_ / "y"});
  EXPECT_THAT(text, AllOf(HasSubstr("GA (published, as x has it)"),
                          HasSubstr("GA (published, as y has it)"), HasSubstr("50.00"),
                          HasSubstr("75.00")));
}

TEST_F(ReportCommand, DamagedSourcesAreTold) {
  MakeBenchmark(folder_ / "e", DrawPredictions(1, 30), "features: " + (folder_ / "store").string());
  PublishBytes(folder_ / "store/store.json", "{");
  PublishBytes(folder_ / "store/manifest.csv", "nonsense\n1\n");
  const std::string text = TextOf({folder_ / "e"});
  EXPECT_THAT(text, testing::ContainsRegex("store .damaged: .*store.json"));
  const bool has_decoder = text.find("without OpenCV") == std::string::npos;
  EXPECT_THAT(text, testing::ContainsRegex(has_decoder ? "No contact sheet: damaged: .*manifest.csv"
                                                       : "OpenCV"));
}

TEST_F(ReportCommand, OtherPeoplesFilesAreNotTouched) {
  MakeTraining(folder_ / "head");
  PublishBytes(folder_ / "report/thesis.tex", "x");
  EXPECT_THAT(ErrorOf({folder_ / "head"}),
              HasSubstr("is no folder of a report, but holds other files (thesis.tex)"));
}

}  // namespace
}  // namespace kallos::report
