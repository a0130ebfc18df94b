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

constexpr Column kColumns[] = {{"accuracy %", "accuracy", true},
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

Cells CellsOf(const Report& report) {
  Cells rows = {{"benchmark", "n", "majority %"}};
  for (const Column& column : kColumns) rows[0].emplace_back(column.title);
  for (const auto& [benchmark, m] : report.benchmarks) {
    rows.push_back({EscapedCell(benchmark), FormatCount(m.n), Majority(m)});
    for (const Column& column : kColumns) rows.back().push_back(Number(m.by_name.at(column.name), column.percent));
  }
  return rows;
}

std::string Notes(const Report& report) {
  std::string text =
      "\nPositive = good. In brackets 95 % intervals: Wilson for proportions, DeLong for ROC-AUC, bootstrap for the "
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
