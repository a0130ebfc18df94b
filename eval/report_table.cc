// The report as a table for people: Markdown, and the same turned round for a terminal.
#include <algorithm>

#include "eval/report.h"
#include "eval/text_table.h"
#include "lib/core/error.h"
#include "lib/core/text.h"

namespace kallos::eval {
namespace {

struct Column {
  const char* title;
  const char* name;
  bool percent;
};

const std::vector<Column> kColumns = {{"accuracy %", "accuracy", true},
                                      {"precision %", "precision", true},
                                      {"recall %", "recall", true},
                                      {"specificity %", "specificity", true},
                                      {"F1 %", "f1", true},
                                      {"balanced %", "balanced_accuracy", true},
                                      {"MCC", "mcc", false},
                                      {"ROC-AUC", "roc_auc", false},
                                      {"PR-AUC", "pr_auc", false},
                                      {"log loss", "log_loss", false},
                                      {"Brier", "brier", false},
                                      {"ECE", "ece", false}};

const std::vector<Column> kScoreColumns = {{"SRCC", "srcc", false},
                                           {"KRCC", "krcc", false},
                                           {"PLCC", "plcc", false},
                                           {"PLCC, fitted", "plcc_fitted", false},
                                           {"RMSE, fitted", "rmse_fitted", false},
                                           {"outliers %", "outlier_ratio", true},
                                           {"RMSE", "rmse", false},
                                           {"MAE", "mae", false},
                                           {"EMD r = 1", "emd_1", false},
                                           {"EMD r = 2", "emd_2", false}};

std::string Number(const Measure& measure, bool percent) {
  if (!measure.value) return "-";
  const double scale = percent ? 100 : 1;
  const std::string value = fmt::format("{:.{}f}", scale * *measure.value, percent ? 2 : 3);
  if (!measure.low) return value;
  const int digits = percent ? 1 : 3;
  return fmt::format("{} [{:.{}f}, {:.{}f}]", value, scale * *measure.low, digits, scale * *measure.high, digits);
}

std::string Majority(const Measures& m) {
  const auto larger = static_cast<double>(std::max(m.positives, m.n - m.positives));
  return fmt::format("{:.2f}", 100 * larger / static_cast<double>(m.n));
}

bool IsDefinedSomewhere(const Report& report, const std::string& measure) {
  return std::ranges::any_of(
      report.benchmarks, [&](const auto& benchmark) { return benchmark.second.by_name.at(measure).value.has_value(); });
}

Cells CellsOf(const Report& report) {
  Cells rows = {{"benchmark", "n"}};
  if (!report.of_scores) rows[0].emplace_back("majority %");
  std::vector<Column> columns = report.of_scores ? kScoreColumns : kColumns;
  std::erase_if(columns, [&](const Column& column) {
    return std::string(column.name).starts_with("emd") && !IsDefinedSomewhere(report, column.name);
  });
  for (const Column& column : columns) rows[0].emplace_back(column.title);
  for (const auto& [benchmark, m] : report.benchmarks) {
    rows.push_back({EscapedCell(benchmark), FormatCount(m.n)});
    if (!report.of_scores) rows.back().push_back(Majority(m));
    for (const Column& column : columns) rows.back().push_back(Number(m.by_name.at(column.name), column.percent));
  }
  return rows;
}

std::string Notes(const Report& report) {
  std::string text =
      report.of_scores
          ? "\nIn brackets 95 % intervals by bootstrap. 'fitted': after a 4-parameter logistic curve from predictions "
            "to "
            "scores, in units of the scores. RMSE and MAE without it compare the numbers as they are. Outliers: fitted "
            "predictions more than 2 sd of the opinions away.\n"
          : "\nPositive = good. In brackets 95 % intervals: Wilson for proportions, DeLong for ROC-AUC, bootstrap for "
            "the "
            "rest. 'majority' is the accuracy of always answering with the larger class.\n";
  for (const std::string& note : report.notes) text += "\n" + EscapedCell(note) + "\n";
  return text;
}

}  // namespace

std::string FormatMarkdown(const Report& report) {
  return AlignedTable(CellsOf(report)) + Notes(report);
}

std::string FormatForTerminal(const Report& report) {
  return AlignedTable(Turned(CellsOf(report))) + Notes(report);
}

}  // namespace kallos::eval
