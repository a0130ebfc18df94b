#include "lib/measures/results.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "lib/core/csv.h"
#include "lib/core/text.h"
#include "tests/measures/example_predictions.h"

namespace kallos::measures {
namespace {

using testing::Contains;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::vector<Prediction> Together(const std::vector<std::vector<Prediction>>& parts) {
  std::vector<Prediction> all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

std::vector<std::string> NamesOf(const Report& report) {
  std::vector<std::string> names;
  for (const auto& [name, measures] : report.benchmarks) names.push_back(name);
  return names;
}

// Cells of each line that is part of the table.
std::vector<std::vector<std::string>> TableLines(const std::string& text) {
  std::vector<std::vector<std::string>> lines;
  for (const std::string& line : Split(text, '\n')) {
    if (line.starts_with("|")) lines.push_back(Split(line, '|'));
  }
  return lines;
}

// The published table: 111 + 1034 + 200 photographs of both classes pooled, 1000
// without positives kept apart.
Report PublishedReport() {
  return MakeReport(
      Together({FromCounts(41, 6, 4, 60, "Benchmark1"), FromCounts(507, 27, 71, 429, "Benchmark2"),
                FromCounts(97, 3, 9, 91, "Alm"), FromCounts(0, 0, 54, 946, "COCO")}),
      1);
}

TEST(Report, OverallPoolsTwoClassBenchmarksOnly) {
  const Report report = PublishedReport();
  EXPECT_THAT(NamesOf(report),
              ElementsAre("Alm", "Benchmark1", "Benchmark2", "COCO", "overall", "macro"));
  const Measures& overall = report.benchmarks[4].second;
  EXPECT_EQ(overall.n, 111 + 1034 + 200);
  EXPECT_THAT(*overall.by_name.at("accuracy").value, DoubleNear((101 + 936 + 188) / 1345.0, 1e-12));
  EXPECT_THAT(
      report.notes,
      Contains("overall pools the rows of Alm, Benchmark1, Benchmark2; macro is the mean of their "
               "measures; of one class and left out: COCO."));
  EXPECT_THAT(
      report.notes,
      Contains(HasSubstr("COCO: all photographs of the benchmark are bad, so its accuracy is its "
                         "specificity")));
}

TEST(Report, NoOverallOfOneBenchmark) {
  EXPECT_THAT(NamesOf(MakeReport(FromCounts(3, 1, 1, 3, "a"), 0)), ElementsAre("a"));
  EXPECT_THAT(
      NamesOf(MakeReport(Together({FromCounts(3, 1, 1, 3, "a"), FromCounts(0, 0, 2, 2, "b")}), 0)),
      ElementsAre("a", "b"));
  EXPECT_THAT(
      NamesOf(MakeReport(Together({FromCounts(3, 1, 0, 0, "a"), FromCounts(0, 0, 2, 2, "b")}), 0)),
      ElementsAre("a", "b"));
}

TEST(Report, MacroIsTheMeanOfTheBenchmarks) {
  const Report report = PublishedReport();
  const Measures& macro = report.benchmarks.back().second;
  EXPECT_EQ(macro.n, 111 + 1034 + 200);
  EXPECT_EQ(macro.positives, 47 + 534 + 100);
  for (const char* name :
       {"accuracy", "recall", "precision", "specificity", "mcc", "roc_auc", "brier", "ece"}) {
    double mean = 0;
    for (const size_t i : {0, 1, 2})
      mean += *report.benchmarks[i].second.by_name.at(name).value / 3;
    EXPECT_THAT(*macro.by_name.at(name).value, DoubleNear(mean, 1e-12)) << name;
  }
  // The variances of independent proportions add up: sd of their mean is the root of the sum of p
  // (1 - p) / n, over 3.
  const double variance =
      101.0 / 111 * 10 / 111 / 111 + 936.0 / 1034 * 98 / 1034 / 1034 + 188.0 / 200 * 12 / 200 / 200;
  const Measure& accuracy = macro.by_name.at("accuracy");
  EXPECT_THAT(*accuracy.high - *accuracy.low,
              DoubleNear(2 * 1.96 * std::sqrt(variance) / 3, 0.003));
}

TEST(Report, MacroPrecisionIsUndefinedWhereOneIs) {
  const Report report =
      MakeReport(Together({FromCounts(3, 1, 1, 3, "a"), FromCounts(0, 3, 0, 2, "b")}), 0);
  EXPECT_EQ(report.benchmarks.back().first, "macro");
  EXPECT_THAT(report.benchmarks.back().second.by_name.at("precision").why,
              HasSubstr("nothing was called good"));
}

TEST(Report, SeveralModelsStandSideBySide) {
  Report a = PublishedReport(), b = MakeReport(FromCounts(45, 2, 10, 54, "Benchmark1"), 1);
  a.model = "a", b.model = "b|c";
  b.notes = {"tuned on test"};
  Report published = b;
  published.published = true;
  const auto lines = TableLines(FormatMarkdown({a, b, published}));
  ASSERT_EQ(lines.size(), 2u + 6 + 2);
  EXPECT_EQ(Trim(lines[0][2]), "model");
  EXPECT_EQ(Trim(lines[3][1]), "Benchmark1");
  EXPECT_EQ(Trim(lines[3][2]), "a");
  EXPECT_THAT(FormatMarkdown({a, b, published}), HasSubstr("| b\\|c             |"));
  EXPECT_THAT(FormatMarkdown({a, b, published}), HasSubstr("\nb\\|c: tuned on test\n"));
  const CsvTable csv = ParseCsv(FormatTableCsv({a, b, published}), "table.csv");
  EXPECT_EQ(csv.columns[0], "model");
  EXPECT_EQ(csv.rows.back()[0], "b|c (published)");
  const auto json = nlohmann::json::parse(FormatMetricsJson({a, b, published}));
  EXPECT_EQ(json["models"]["b|c"]["benchmarks"]["Benchmark1"]["n"], 111);
  EXPECT_EQ(json["published"]["b|c"]["benchmarks"]["Benchmark1"]["n"], 111);
  EXPECT_TRUE(nlohmann::json::parse(FormatMetricsJson({a, published})).contains("benchmarks"));
}

TEST(Report, RefusesABenchmarkNamedOverall) {
  EXPECT_THAT(MessageOf([] { MakeReport(FromCounts(1, 1, 1, 1, "macro"), 0); }),
              HasSubstr("rename it"));
  EXPECT_THAT(MessageOf([] { MakeReport(FromCounts(1, 1, 1, 1, "overall"), 0); }),
              HasSubstr("rename it"));
}

TEST(Report, JsonHasTheKeys) {
  const auto json = nlohmann::json::parse(FormatMetricsJson({PublishedReport()}));
  EXPECT_EQ(json["format_version"], 1);
  for (const auto& [name, entry] : json["benchmarks"].items()) {
    EXPECT_TRUE(entry["n"].is_number_integer()) << name;
    for (const char* key :
         {"accuracy", "precision", "recall", "specificity", "f1", "balanced_accuracy", "mcc",
          "roc_auc", "pr_auc", "log_loss", "brier", "ece"}) {
      ASSERT_TRUE(entry[key].contains("value")) << name << " " << key;
      if (entry[key]["value"].is_null()) {
        EXPECT_FALSE(entry[key]["why"].get<std::string>().empty()) << name << " " << key;
      } else {
        EXPECT_LE(entry[key]["low"], entry[key]["value"]) << name << " " << key;
        EXPECT_LE(entry[key]["value"], entry[key]["high"]) << name << " " << key;
      }
    }
  }
  EXPECT_TRUE(json["benchmarks"]["COCO"]["roc_auc"]["value"].is_null());
  EXPECT_EQ(json["benchmarks"]["COCO"]["accuracy"]["value"], 0.946);
  EXPECT_EQ(json["notes"].size(), 2u);
}

TEST(Report, CsvHasARowForEachMeasure) {
  const CsvTable table = ParseCsv(FormatTableCsv({PublishedReport()}), "table.csv");
  EXPECT_THAT(table.columns,
              ElementsAre("benchmark", "n", "measure", "value", "low", "high", "why"));
  EXPECT_EQ(table.rows.size(), 6u * 12);
}

TEST(Report, MarkdownShowsThePublishedNumbers) {
  const std::string text = FormatMarkdown({PublishedReport()});
  EXPECT_THAT(text, HasSubstr("| Benchmark1 | 111   | 57.66      | 90.99 [84.2, 95.0] | 91.11 ["));
  EXPECT_THAT(text, HasSubstr("| COCO       | 1,000 | 100.00     | 94.60 [93.0, 95.8] | -  "));
  EXPECT_THAT(text, HasSubstr("left out: COCO."));
  EXPECT_EQ(TableLines(text).size(), 2u + 6);
}

TEST(Report, TheTerminalShowsTheSameTransposed) {
  const Report report = PublishedReport();
  const auto lines = TableLines(FormatMarkdown({report})),
             turned = TableLines(FormatForTerminal({report}));
  ASSERT_EQ(turned.size(), lines[0].size() - 2 + 1);  // a line for each column, and the rule
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i == 1) continue;
    for (size_t j = 1; j + 1 < lines[i].size(); ++j)
      EXPECT_EQ(Trim(lines[i][j]), Trim(turned[j == 1 ? 0 : j][i == 0 ? 1 : i]));
  }
}

// Columns line up whatever the names, and no name breaks out of its cell.
TEST(Report, OddNamesKeepTheTableWhole) {
  const Report report =
      MakeReport(Together({FromCounts(2, 1, 1, 2, "Übersicht é"), FromCounts(2, 1, 1, 2, "写真"),
                           FromCounts(2, 1, 1, 2, "a|b\nc"), FromCounts(2, 1, 1, 2, "plain")}),
                 0);
  const std::string text = FormatMarkdown({report});
  EXPECT_THAT(text, HasSubstr("| Übersicht é |"));
  EXPECT_THAT(text, HasSubstr("| 写真        |"));
  EXPECT_THAT(text, HasSubstr("| a\\|b c      |"));
  EXPECT_THAT(text, HasSubstr("| plain       |"));
}

TEST(Report, SaysWhenIntervalsAreUnusual) {
  EXPECT_THAT(MakeReport(FromCounts(5, 0, 0, 5, "sure"), 0).notes,
              ElementsAre(HasSubstr("sure: ROC-AUC: DeLong's variance")));
  auto crops = FromCounts(5, 1, 1, 5, "crops");
  for (size_t i = 0; i < crops.size(); ++i) crops[i].group = fmt::format("photo{}", i / 3);
  EXPECT_THAT(MakeReport(crops, 0).notes,
              ElementsAre("crops: its 12 rows form 4 groups; intervals count groups, not "
                          "rows."));
}

}  // namespace
}  // namespace kallos::measures
