#include <algorithm>
#include <map>
#include <set>

#include "eval/report/json_file.h"
#include "eval/report/measures_file.h"
#include "eval/report/number_table.h"
#include "eval/report/sections.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"

namespace kallos::report {
namespace {

constexpr const char* kJson = "robustness.json";  // the same rows, with the version; written last
constexpr const char* kUntouched = "none";        // transform of the photographs as they are
constexpr std::string_view kDrawn[] = {"accuracy", "consistency"};

struct Row {
  std::string variant, transform, severity, benchmark, measure;
  int64_t n = 0;
  eval::Measure value;

  std::optional<double> level() const { return ParseDouble(severity); }  // none for "all" and where there are no levels
};

std::vector<Row> ReadRows(const Run& run) {
  if (fs::exists(run.path / kJson)) ReadJson(run.path / kJson, [](const nlohmann::json&) {});
  const NumberTable table(MarkOf(run),
                          {"variant", "transform", "severity", "benchmark", "n", "measure", "value", "low", "high"});
  std::vector<Row> rows;
  for (size_t i = 0; i < table.rows(); ++i) {
    rows.push_back({table.Text(i, "variant"), table.Text(i, "transform"), table.Text(i, "severity"),
                    table.Text(i, "benchmark"), table.Text(i, "measure"), static_cast<int64_t>(table.Number(i, "n")),
                    table.MeasureAt(i, "value")});
  }
  return rows;
}

Table TableOf(const Run& run, const std::vector<Row>& rows) {
  std::set<std::string> names;
  for (const Row& row : rows) names.insert(row.measure);
  const std::vector<eval::MeasureTitle> titles = eval::TitlesOf(names);
  Table table{"Transformed photographs: " + run.name,
              {{"transform"}, {"variant"}, {"severity", true}, {"benchmark"}, {"n", true}}};
  const size_t first = table.columns.size();
  for (const eval::MeasureTitle& title : titles) table.columns.push_back({title.text, true});
  std::map<std::string, size_t> row_of;
  for (const Row& row : rows) {
    const auto [place, is_new] =
        row_of.emplace(Join({row.variant, row.transform, row.severity, row.benchmark}, "\n"), table.rows.size());
    if (is_new) {
      table.rows.push_back(
          {{row.transform}, {row.variant}, {row.severity, "", row.level()}, {row.benchmark}, CountCell(row.n)});
      table.rows.back().resize(table.columns.size(), Cell{"-"});
    }
    const auto title = std::ranges::find(titles, row.measure, &eval::MeasureTitle::name);
    table.rows[place->second][first + static_cast<size_t>(title - titles.begin())] = MeasureCell(row.value, *title);
  }
  return table;
}

Point PointOf(double x, const eval::Measure& m) {
  Point point{x, 100 * m.value.value()};
  if (m.low && m.high) point.low = 100 * *m.low, point.high = 100 * *m.high;
  return point;
}

// The value of untouched photographs, which every sweep begins with; severity 0.
const Row* Untouched(const std::vector<Row>& rows, const Row& like) {
  const auto found = std::ranges::find_if(rows, [&](const Row& row) {
    return row.transform == kUntouched && row.variant == like.variant && row.benchmark == like.benchmark &&
           row.measure == like.measure && row.value.value;
  });
  return found == rows.end() ? nullptr : &*found;
}

// The share of verdicts that are right, and that stay, over the severity: a curve for each transform.
void AddSweeps(const std::vector<Row>& rows, Section& section) {
  std::map<std::string, Chart> charts;
  for (const Row& row : rows) {
    const std::optional<double> level = row.level();
    if (!level || !row.value.value || row.transform == kUntouched || !std::ranges::count(kDrawn, row.measure)) continue;
    const std::string title = fmt::format("{}, {}, {}", row.benchmark, row.variant, row.measure);
    Chart& chart = charts.try_emplace(title, Chart{title, {"severity", 0}, {row.measure + " %"}}).first->second;
    auto series = std::ranges::find(chart.series, row.transform, &Series::name);
    if (series == chart.series.end()) {
      series = chart.series.insert(series, {row.transform, Look::kDots, static_cast<int>(chart.series.size())});
      if (const Row* untouched = Untouched(rows, row)) series->points.push_back(PointOf(0, untouched->value));
    }
    series->points.push_back(PointOf(*level, row.value));
  }
  for (auto& [title, chart] : charts) section.blocks.emplace_back(std::move(chart));
}

}  // namespace

Section RobustnessSection(const std::vector<Run>& runs) {
  Section section{"Robustness"};
  for (const Run& run : OfKind(runs, RunKind::kRobustness)) {
    const std::vector<Row> rows = ReadRows(run);
    section.blocks.emplace_back(Heading{run.name});
    AddSweeps(rows, section);
    section.blocks.emplace_back(TableOf(run, rows));
  }
  if (!section.blocks.empty())
    section.blocks.emplace_back(
        Paragraph{"Severity 0: the photographs as they are. Bars and brackets are 95 % intervals."});
  return section;
}

}  // namespace kallos::report
