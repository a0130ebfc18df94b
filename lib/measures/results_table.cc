// Reports as a table for people: Markdown, and the same turned round for a terminal.
#include <algorithm>
#include <map>
#include <set>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/document/text_table.h"
#include "lib/measures/measure_titles.h"
#include "lib/measures/results.h"

namespace kallos::measures {
namespace {

std::string Majority(const Measures& m) {
  const auto larger = static_cast<double>(std::max(m.positives, m.n - m.positives));
  return fmt::format("{:.2f}", 100 * larger / static_cast<double>(m.n));
}

bool IsDefinedSomewhere(const std::vector<Report>& reports, const std::string& measure) {
  return std::ranges::any_of(reports, [&](const Report& report) {
    return std::ranges::any_of(report.benchmarks, [&](const auto& b) {
      return b.second.by_name.at(measure).value.has_value();
    });
  });
}

// Of a wide table those that are read first.
void KeepMain(std::vector<MeasureTitle>& columns) {
  const std::set<std::string> main = {"accuracy", "precision", "recall",      "roc_auc",
                                      "ece",      "srcc",      "plcc_fitted", "emd_1"};
  std::erase_if(columns, [&](const MeasureTitle& column) { return !main.contains(column.name); });
}

std::vector<MeasureTitle> ColumnsOf(const std::vector<Report>& reports) {
  std::set<std::string> names;
  for (const auto& [name, measure] : reports[0].benchmarks[0].second.by_name) {
    const bool is_of_distributions = name.starts_with("emd");
    if (!is_of_distributions || IsDefinedSomewhere(reports, name)) names.insert(name);
  }
  return TitlesOf(names);
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

document::Cells CellsOf(const std::vector<Report>& reports,
                        const std::vector<MeasureTitle>& columns) {
  const bool named = reports.size() > 1, of_scores = reports[0].of_scores;
  document::Cells rows = {{"benchmark", "n"}};
  if (named) rows[0].insert(rows[0].begin() + 1, "model");
  if (!of_scores) rows[0].emplace_back("majority %");
  for (const MeasureTitle& column : columns) rows[0].emplace_back(column.text);
  for (const std::string& benchmark : BenchmarksOf(reports)) {
    for (const Report& report : reports) {
      const Measures* m = Find(report, benchmark);
      if (m == nullptr) continue;
      std::vector<std::string>& row = rows.emplace_back();
      row = {document::EscapedCell(benchmark), FormatCount(m->n)};
      if (named) row.insert(row.begin() + 1, document::EscapedCell(TitleOf(report)));
      if (!of_scores) row.push_back(Majority(*m));
      for (const MeasureTitle& column : columns)
        row.push_back(CellOf(m->by_name.at(column.name), column.percent));
    }
  }
  return rows;
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
    text += "\n" + document::EscapedCell(note) + "\n";
  return text;
}

}  // namespace

std::string FormatMarkdown(const std::vector<Report>& reports) {
  return document::AlignedTable(CellsOf(reports, ColumnsOf(reports))) + Notes(reports);
}

std::string FormatForTerminal(const std::vector<Report>& reports) {
  std::vector<MeasureTitle> columns = ColumnsOf(reports);
  if (reports.size() == 1)
    return document::AlignedTable(document::Turned(CellsOf(reports, columns))) + Notes(reports);
  KeepMain(columns);
  return document::AlignedTable(CellsOf(reports, columns)) + "\nAll measures: table.md.\n" +
         Notes(reports);
}

}  // namespace kallos::measures
