#include <algorithm>
#include <map>

#include "eval/report/measures_file.h"
#include "eval/report/number_table.h"
#include "eval/report/sections.h"
#include "lib/core/error.h"
#include "lib/core/text.h"

namespace kallos::report {
namespace {

constexpr const char* kUntouched = "none";  // transform of the photographs as they are

struct Row {
  std::string variant, transform, benchmark, measure;
  std::optional<double> severity;
  int64_t n = 0;
  eval::Measure value;
};

std::vector<Row> ReadRows(const Run& run) {
  const NumberTable table(MarkOf(run),
                          {"variant", "transform", "severity", "benchmark", "n", "measure", "value", "low", "high"});
  std::vector<Row> rows;
  for (size_t i = 0; i < table.rows(); ++i) {
    rows.push_back({table.Text(i, "variant"), table.Text(i, "transform"), table.Text(i, "benchmark"),
                    table.Text(i, "measure"), table.MaybeNumber(i, "severity"),
                    static_cast<int64_t>(table.Number(i, "n")), table.MeasureAt(i, "value")});
  }
  return rows;
}

Table TableOf(const Run& run, const std::vector<Row>& rows) {
  std::vector<std::string> measures;
  for (const Row& row : rows) {
    if (!std::ranges::count(measures, row.measure)) measures.push_back(row.measure);
  }
  Table table{"Transformed photographs: " + run.name,
              {{"transform"}, {"variant"}, {"severity", true}, {"benchmark"}, {"n", true}}};
  for (const std::string& measure : measures) table.columns.push_back({measure + " %", true});
  std::map<std::string, size_t> row_of;
  for (const Row& row : rows) {
    const std::string severity = row.severity ? FormatDouble(*row.severity) : "";
    const auto [place, is_new] =
        row_of.emplace(Join({row.variant, row.transform, severity, row.benchmark}, "\n"), table.rows.size());
    if (is_new) {
      table.rows.push_back(
          {{row.transform}, {row.variant}, {severity, "", row.severity}, {row.benchmark}, CountCell(row.n)});
      table.rows.back().resize(table.columns.size(), Cell{"-"});
    }
    const auto column = std::ranges::find(measures, row.measure) - measures.begin();
    table.rows[place->second][5 + static_cast<size_t>(column)] = MeasureCell(row.value, 100, 2);
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

// Sweeps over the severity by benchmark and measure: a curve for each transform.
void AddSweeps(const std::vector<Row>& rows, Section& section) {
  std::map<std::string, Chart> charts;
  for (const Row& row : rows) {
    if (!row.severity || !row.value.value || row.transform == kUntouched) continue;
    const std::string title = fmt::format("{}, {}, {}", row.benchmark, row.variant, row.measure);
    Chart& chart = charts.try_emplace(title, Chart{title, {"severity"}, {row.measure + " %"}}).first->second;
    auto series = std::ranges::find(chart.series, row.transform, &Series::name);
    if (series == chart.series.end()) {
      series = chart.series.insert(series, {row.transform, Look::kDots, static_cast<int>(chart.series.size())});
      if (const Row* untouched = Untouched(rows, row)) series->points.push_back(PointOf(0, untouched->value));
    }
    series->points.push_back(PointOf(*row.severity, row.value));
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
