#include <algorithm>
#include <map>
#include <set>

#include "eval/report/measures_file.h"
#include "eval/report/number_table.h"
#include "eval/report/search_charts.h"
#include "eval/report/sections.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/measures/predictions.h"

namespace kallos::report {
namespace {

constexpr const char* kAllColumns = "all";  // the method that chooses none

std::vector<fs::path> SeedFolders(const Run& run) {
  std::set<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(run.path)) {
    if (entry.path().filename().string().starts_with("seed-")) folders.insert(entry.path());
  }
  return {folders.begin(), folders.end()};
}

// How many photographs the accuracy is of; the same for all seeds.
document::Cell TestRows(const Run& run, const std::string& method) {
  for (const fs::path& seed : SeedFolders(run)) {
    const fs::path file = seed / method / "predictions.csv";
    if (fs::exists(file)) return CountCell(measures::ReadPredictions(file).size());
  }
  return {"-"};
}

document::Table MethodsTable(const Run& run, const NumberTable& file) {
  document::Table table{"Ways to choose columns: " + run.name,
                        {{"method"},
                         {"selected on"},
                         {"columns", true},
                         {"seeds", true},
                         {"fitness", true},
                         {"n, test", true},
                         {"accuracy %", true},
                         {"ROC-AUC", true},
                         {"accuracy - all", true},
                         {"ROC-AUC - all", true},
                         {"trainings", true},
                         {"seconds", true}}};
  for (size_t i = 0; i < file.rows(); ++i) {
    const auto count = [&](const char* column) { return CountCell(file.Count(i, column)); };
    const double fitness = file.Number(i, "fitness"), seconds = file.Number(i, "seconds");
    table.rows.push_back({{file.Text(i, "method")},
                          {file.Text(i, "selected_on")},
                          count("columns"),
                          count("seeds"),
                          {fmt::format("{:.4f}", fitness), "", fitness},
                          TestRows(run, file.Text(i, "method")),
                          MeasureCell(file.MeasureAt(i, "accuracy"), {100, 2, 1}),
                          MeasureCell(file.MeasureAt(i, "roc_auc"), {1, 4, 4}),
                          DifferenceCell(file.MeasureAt(i, "accuracy_minus_all"), {100, 2, 1}),
                          DifferenceCell(file.MeasureAt(i, "roc_auc_minus_all"), {1, 4, 4}),
                          count("trained"),
                          {fmt::format("{:.1f}", seconds), "", seconds}});
  }
  return table;
}

document::Chart MethodsChart(const NumberTable& file, const char* column, const char* title,
                             double scale) {
  document::Chart chart{title, {""}, {title}};
  chart.note = "Mean over seeds with 95 % intervals.";
  document::Series series{"", document::SeriesStyle::kCloud, 0};
  for (size_t i = 0; i < file.rows(); ++i) {
    const measures::Measure m = file.MeasureAt(i, column);
    chart.x.names.push_back(file.Text(i, "method"));
    if (!m.value) continue;
    document::Point point{static_cast<double>(i), scale * *m.value};
    if (m.low && m.high) point.low = scale * *m.low, point.high = scale * *m.high;
    series.points.push_back(point);
  }
  chart.series.push_back(std::move(series));
  return chart;
}

ga::Genome ReadSelection(const fs::path& path, int64_t columns) {
  const NumberTable table(path, {"index"});
  ga::Genome selection;
  for (size_t i = 0; i < table.rows(); ++i) {
    const double index = table.Number(i, "index");
    if (index < 0 || index >= columns)
      throw InputError("{}: index {} is not among the {} columns", PathText(path), index, columns);
    selection.push_back(static_cast<int32_t>(index));
  }
  std::ranges::sort(selection);
  return selection;
}

// How many columns there are to choose from: as many as the method that takes all has.
std::optional<int64_t> ColumnsOf(const NumberTable& file) {
  for (size_t i = 0; i < file.rows(); ++i) {
    if (file.Text(i, "method") == kAllColumns) return file.Count(i, "columns");
  }
  return std::nullopt;
}

void AddStability(const Run& run, const NumberTable& file, document::Section& section) {
  const std::optional<int64_t> columns = ColumnsOf(file);
  if (!columns) return;
  std::vector<NamedStability> rows;
  for (size_t i = 0; i < file.rows(); ++i) {
    const std::string& method = file.Text(i, "method");
    std::vector<ga::Genome> selections;
    for (const fs::path& seed : SeedFolders(run)) {
      const fs::path path = seed / method / "selection.csv";
      if (method != kAllColumns && fs::exists(path))
        selections.push_back(ReadSelection(path, *columns));
    }
    if (selections.size() > 1)
      rows.push_back({method, selections.size(), ga::StabilityOf(selections, *columns)});
  }
  if (!rows.empty())
    section.blocks.emplace_back(StabilityTable("Do the seeds choose the same columns?", rows));
}

void AddCourses(const Run& run, const NumberTable& file, document::Section& section) {
  std::vector<Course> courses;
  for (const fs::path& seed : SeedFolders(run)) {
    for (size_t i = 0; i < file.rows(); ++i) {
      const std::string& method = file.Text(i, "method");
      std::vector<ga::HistoryRow> history = ga::ReadHistory(seed / method / "history.csv");
      if (history.size() > 1)
        courses.push_back({method + ", " + PathText(seed.filename()), std::move(history)});
    }
  }
  if (!courses.empty()) section.blocks.emplace_back(ConvergenceChart(courses, "fitness"));
}

}  // namespace

document::Section SelectionsSection(const std::vector<Run>& runs) {
  document::Section section{"Ways to choose columns"};
  for (const Run& run : OfKind(runs, RunKind::kSelections)) {
    const NumberTable file(
        MarkOf(run), {"method", "selected_on", "columns", "seeds", "fitness", "accuracy", "roc_auc",
                      "accuracy_minus_all", "roc_auc_minus_all", "trained", "seconds"});
    section.blocks.emplace_back(document::Heading{run.name});
    section.blocks.emplace_back(MethodsChart(file, "accuracy", "accuracy %", 100));
    section.blocks.emplace_back(MethodsChart(file, "roc_auc", "ROC-AUC", 1));
    AddCourses(run, file, section);
    section.blocks.emplace_back(MethodsTable(run, file));
    AddStability(run, file, section);
  }
  return section;
}

}  // namespace kallos::report
