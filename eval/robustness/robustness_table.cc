// The robustness report as Markdown, CSV and JSON.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "eval/robustness/robustness_report.h"
#include "lib/core/csv.h"
#include "lib/core/text.h"
#include "lib/document/cells.h"
#include "lib/document/markdown.h"
#include "lib/measures/measure_cells.h"

namespace kallos::eval {
namespace {

const std::set<std::string> kAllMeasures = {"accuracy",  "consistency", "worst_case",
                                            "precision", "recall",      "roc_auc"};
const std::set<std::string> kMainMeasures = {"accuracy", "consistency", "worst_case"};

std::vector<document::Cell> CellsOfRow(const RobustnessRow& row,
                                       const std::vector<measures::MeasureInfo>& columns) {
  std::vector<document::Cell> cells = {
      {EnumName(row.variant)}, {row.transform}, {row.severity}, document::CountCell(row.n)};
  for (const measures::MeasureInfo& column : columns) {
    const auto found = row.by_name.find(column.key);
    cells.push_back(found == row.by_name.end() ? document::Cell{"-"}
                                               : measures::CellOf(found->second, column));
  }
  return cells;
}

// A table for each benchmark.
std::string Tables(const RobustnessReport& report, const std::set<std::string>& keys) {
  const std::vector<measures::MeasureInfo> columns = measures::MeasuresOf(keys);
  document::Table empty{"", {{"variant"}, {"transform"}, {"severity"}, {"n", true}}};
  for (const measures::MeasureInfo& column : columns) empty.columns.push_back({column.title, true});
  std::string text;
  for (auto row = report.rows.begin(); row != report.rows.end();) {
    const std::string benchmark = row->benchmark;
    document::Table table = empty;
    for (; row != report.rows.end() && row->benchmark == benchmark; ++row)
      table.rows.push_back(CellsOfRow(*row, columns));
    text += fmt::format("{}### {}\n\n{}", text.empty() ? "" : "\n",
                        document::EscapedName(benchmark), document::AlignedTable(table));
  }
  return text;
}

bool HasVariant(const RobustnessReport& report, Variant variant) {
  return std::ranges::any_of(report.rows,
                             [&](const RobustnessRow& row) { return row.variant == variant; });
}

std::string Notes(const RobustnessReport& report) {
  std::string text =
      "\nPositive = good. In brackets 95 % intervals: Wilson for proportions, DeLong for ROC-AUC; "
      "the views of a "
      "photograph count as one draw. Consistency: verdicts that are the same as on the untouched "
      "photograph. Worst "
      "case: photographs judged right in every view of the row. 'all': all severities; 'joint': "
      "all transforms.\n";
  if (HasVariant(report, Variant::kPublished))
    text +=
        "\n'published' rows are quoted from the publication, of its own model and photographs: "
        "nothing of them was "
        "measured here but their intervals (Wilson).\n";
  for (const std::string& note : report.notes) text += "\n" + document::EscapedName(note) + "\n";
  return text;
}

}  // namespace

std::string FormatRobustnessMarkdown(const RobustnessReport& report) {
  return Tables(report, kAllMeasures) + Notes(report);
}

std::string FormatRobustnessForTerminal(const RobustnessReport& report) {
  return Tables(report, kMainMeasures) + "\nAll measures: table.md.\n" + Notes(report);
}

std::string FormatRobustnessCsv(const RobustnessReport& report) {
  CsvTable table{{"variant", "transform", "severity", "benchmark", "n", "measure", "value", "low",
                  "high", "why"},
                 {},
                 {}};
  for (const RobustnessRow& row : report.rows) {
    for (const auto& [name, measure] : row.by_name) {
      table.rows.push_back({EnumName(row.variant), row.transform, row.severity, row.benchmark,
                            std::to_string(row.n), name});
      std::ranges::copy(measures::CsvCellsOf(measure), std::back_inserter(table.rows.back()));
    }
  }
  return FormatCsv(table);
}

std::string FormatRobustnessJson(const RobustnessReport& report) {
  nlohmann::json rows = nlohmann::json::array();
  for (const RobustnessRow& row : report.rows) {
    nlohmann::json entry = {{"variant", EnumName(row.variant)},
                            {"transform", row.transform},
                            {"severity", row.severity},
                            {"benchmark", row.benchmark},
                            {"n", row.n}};
    for (const auto& [name, measure] : row.by_name) entry[name] = measure;
    rows.push_back(std::move(entry));
  }
  return nlohmann::json{{"format_version", 1}, {"rows", rows}, {"notes", report.notes}}.dump(1) +
         "\n";
}

std::string FormatViewPredictions(const std::vector<ViewPredictions>& views, bool legacy) {
  const std::string variant = EnumName(legacy ? Variant::kLegacy : Variant::kCorrect);
  CsvTable table{
      {"id", "variant", "transform", "severity", "benchmark", "label", "probability"}, {}, {}};
  for (const ViewPredictions& one : views) {
    for (const measures::Prediction& p : one.predictions) {
      table.rows.push_back({p.id, variant, one.view.TransformName(), one.view.SeverityText(),
                            p.benchmark, std::to_string(p.label), FormatDouble(p.probability)});
    }
  }
  return FormatCsv(table);
}

}  // namespace kallos::eval
