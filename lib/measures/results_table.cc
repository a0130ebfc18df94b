// Reports as a table for people: Markdown, and the same transposed for a terminal.
#include <algorithm>
#include <map>
#include <set>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/document/cells.h"
#include "lib/document/markdown.h"
#include "lib/measures/measure_cells.h"
#include "lib/measures/results.h"

namespace kallos::measures {
namespace {

// The accuracy of always answering with the larger class.
document::Cell MajorityCell(const Measures& m) {
  const int64_t larger = std::max(m.positives, m.n - m.positives);
  return document::NumberCell(100.0 * larger / m.n, 2);
}

bool IsDefinedSomewhere(const std::vector<Report>& reports, const std::string& measure) {
  return std::ranges::any_of(reports, [&](const Report& report) {
    return std::ranges::any_of(report.benchmarks, [&](const auto& b) {
      return b.second.by_name.at(measure).value.has_value();
    });
  });
}

// Those of distributions are left out where no model predicts any.
std::vector<MeasureInfo> ColumnsOf(const std::vector<Report>& reports) {
  std::set<std::string> keys;
  for (const auto& [key, measure] : reports[0].benchmarks[0].second.by_name) keys.insert(key);
  std::vector<MeasureInfo> columns = MeasuresOf(keys);
  std::erase_if(columns, [&](const MeasureInfo& info) {
    return info.needs == Needs::kDistributions && !IsDefinedSomewhere(reports, info.key);
  });
  return columns;
}

// In order of name, then those that are none.
std::vector<std::string> BenchmarksOf(const std::vector<Report>& reports) {
  std::set<std::string> names;
  for (const Report& report : reports) {
    for (const auto& [name, measures] : report.benchmarks) names.insert(name);
  }
  std::vector<std::string> ordered(names.begin(), names.end());
  std::ranges::stable_partition(
      ordered, [](const std::string& name) { return name != kOverall && name != kMacro; });
  const auto macro = std::ranges::find(ordered, kMacro);
  if (macro != ordered.end()) std::rotate(macro, macro + 1, ordered.end());
  return ordered;
}

const Measures* Find(const Report& report, const std::string& benchmark) {
  const auto found =
      std::ranges::find(report.benchmarks, benchmark, &std::pair<std::string, Measures>::first);
  return found == report.benchmarks.end() ? nullptr : &found->second;
}

document::Table TableOf(const std::vector<Report>& reports,
                        const std::vector<MeasureInfo>& columns) {
  const bool named = reports.size() > 1, of_scores = reports[0].of_scores;
  document::Table table{"", {{"benchmark"}}};
  if (named) table.columns.push_back({"model"});
  table.columns.push_back({"n", true});
  if (!of_scores) table.columns.push_back({"majority %", true});
  for (const MeasureInfo& column : columns) table.columns.push_back({column.title, true});
  for (const std::string& benchmark : BenchmarksOf(reports)) {
    for (const Report& report : reports) {
      const Measures* m = Find(report, benchmark);
      if (m == nullptr) continue;
      std::vector<document::Cell>& row = table.rows.emplace_back();
      row.push_back({benchmark});
      if (named) row.push_back({TitleOf(report)});
      row.push_back(document::CountCell(m->n));
      if (!of_scores) row.push_back(MajorityCell(*m));
      for (const MeasureInfo& column : columns)
        row.push_back(CellOf(m->by_name.at(column.key), column));
    }
  }
  return table;
}

// What holds for all models once, what holds for one with its name.
std::vector<std::string> NotesOf(const std::vector<Report>& reports) {
  std::map<std::string, size_t> times;
  size_t own = 0;
  for (const Report& report : reports) {
    if (report.published) continue;
    ++own;
    for (const std::string& note : report.notes) ++times[note];
  }
  std::vector<std::string> notes;
  for (const Report& report : reports) {
    for (const std::string& note : report.notes) {
      const std::string named =
          !report.published && times[note] == own ? note : TitleOf(report) + ": " + note;
      if (std::ranges::find(notes, named) == notes.end()) notes.push_back(named);
    }
  }
  return notes;
}

std::string Notes(const std::vector<Report>& reports) {
  std::string text = reports[0].of_scores
                         ? "\nIn brackets 95 % intervals by bootstrap. 'fitted': after a "
                           "4-parameter logistic curve from predictions "
                           "to scores, in units of the scores. RMSE and MAE without it compare the "
                           "numbers as they are. Outliers: "
                           "fitted predictions more than 2 sd of the opinions away.\n"
                         : "\nPositive = good. In brackets 95 % intervals: Wilson for proportions, "
                           "DeLong for ROC-AUC, bootstrap for "
                           "the rest and for macro. 'majority' is the accuracy of always answering "
                           "with the larger class.\n";
  for (const std::string& note : NotesOf(reports))
    text += "\n" + document::EscapedName(note) + "\n";
  return text;
}

}  // namespace

std::string FormatMarkdown(const std::vector<Report>& reports) {
  return document::AlignedTable(TableOf(reports, ColumnsOf(reports))) + Notes(reports);
}

std::string FormatForTerminal(const std::vector<Report>& reports) {
  std::vector<MeasureInfo> columns = ColumnsOf(reports);
  if (reports.size() == 1) {
    const document::Table table = document::Transposed(TableOf(reports, columns));
    return document::AlignedTable(table) + Notes(reports);
  }
  std::erase_if(columns, [](const MeasureInfo& column) { return !column.is_main; });
  return document::AlignedTable(TableOf(reports, columns)) + "\nAll measures: table.md.\n" +
         Notes(reports);
}

}  // namespace kallos::measures
