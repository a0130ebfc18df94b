// The report as a table for people: Markdown, and the same turned round for a terminal.
#include <algorithm>

#include "eval/report.h"
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

using Cells = std::vector<std::vector<std::string>>;

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

// A name that cannot break the table.
std::string Escaped(const std::string& name) {
  std::string text;
  for (const char c : name) {
    if (c == '|') text += '\\';
    text += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return text;
}

Cells CellsOf(const Report& report) {
  Cells rows = {{"benchmark", "n", "majority %"}};
  for (const Column& column : kColumns) rows[0].emplace_back(column.title);
  for (const auto& [benchmark, m] : report.benchmarks) {
    rows.push_back({Escaped(benchmark), FormatCount(m.n), Majority(m)});
    for (const Column& column : kColumns) rows.back().push_back(Number(m.by_name.at(column.name), column.percent));
  }
  return rows;
}

Cells Turned(const Cells& cells) {
  Cells turned(cells[0].size(), std::vector<std::string>(cells.size()));
  for (size_t i = 0; i < cells.size(); ++i) {
    for (size_t j = 0; j < turned.size(); ++j) turned[j][i] = cells[i][j];
  }
  return turned;
}

// Columns on a terminal, as fmt counts them when it pads: what it adds to reach a width tells.
size_t DisplayWidth(const std::string& text) {
  const size_t wide = 2 * text.size() + 1;
  return wide + text.size() - fmt::formatted_size("{:<{}}", text, wide);
}

std::string Aligned(const Cells& rows) {
  std::vector<size_t> width(rows[0].size());
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) width[i] = std::max(width[i], DisplayWidth(row[i]));
  }
  std::string text;
  for (size_t r = 0; r < rows.size(); ++r) {
    for (size_t i = 0; i < width.size(); ++i) text += fmt::format("| {:<{}} ", rows[r][i], width[i]);
    text += "|\n";
    if (r > 0) continue;
    for (const size_t w : width) text += "|" + std::string(w + 2, '-');
    text += "|\n";
  }
  return text;
}

std::string Notes(const Report& report) {
  std::string text =
      "\nPositive = good. In brackets 95 % intervals: Wilson for proportions, DeLong for ROC-AUC, bootstrap for the "
      "rest. 'majority' is the accuracy of always answering with the larger class.\n";
  for (const std::string& note : report.notes) text += "\n" + Escaped(note) + "\n";
  return text;
}

}  // namespace

std::string FormatMarkdown(const Report& report) {
  return Aligned(CellsOf(report)) + Notes(report);
}

std::string FormatForTerminal(const Report& report) {
  return Aligned(Turned(CellsOf(report))) + Notes(report);
}

}  // namespace kallos::eval
