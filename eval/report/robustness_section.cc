#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "eval/report/json_file.h"
#include "eval/report/measures_file.h"
#include "eval/report/number_table.h"
#include "eval/report/sections.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/image/transform.h"

namespace kallos::report {
namespace {

constexpr const char* kJson = "robustness.json";  // the same rows, with the version; written last
constexpr const char* kUntouched = "none";        // transform of the photographs as they are
constexpr std::string_view kDrawn[] = {"accuracy", "consistency"};

struct Row {
  std::string variant, transform, severity, benchmark, measure;
  int64_t n = 0;
  measures::Measure value;

  std::optional<double> level() const {
    return ParseDouble(severity);
  }  // none for "all" and where there are no levels
};

std::vector<Row> ReadRows(const Run& run) {
  if (fs::exists(run.path / kJson)) ReadJson(run.path / kJson, [](const nlohmann::json&) {});
  const NumberTable table(MarkOf(run), {"variant", "transform", "severity", "benchmark", "n",
                                        "measure", "value", "low", "high"});
  std::vector<Row> rows;
  for (size_t i = 0; i < table.rows(); ++i) {
    rows.push_back({table.Text(i, "variant"), table.Text(i, "transform"), table.Text(i, "severity"),
                    table.Text(i, "benchmark"), table.Text(i, "measure"), table.Count(i, "n"),
                    table.MeasureAt(i, "value")});
  }
  return rows;
}

document::Table TableOf(const Run& run, const std::vector<Row>& rows) {
  std::set<std::string> names;
  for (const Row& row : rows) names.insert(row.measure);
  const std::vector<measures::MeasureInfo> infos = measures::MeasuresOf(names);
  document::Table table{
      "Transformed photographs: " + run.name,
      {{"transform"}, {"variant"}, {"severity", true}, {"benchmark"}, {"n", true}}};
  const size_t first = table.columns.size();
  for (const measures::MeasureInfo& info : infos) table.columns.push_back({info.title, true});
  std::map<std::string, size_t> row_of;
  for (const Row& row : rows) {
    const auto [place, is_new] = row_of.emplace(
        Join({row.variant, row.transform, row.severity, row.benchmark}, "\n"), table.rows.size());
    if (is_new) {
      table.rows.push_back({{row.transform},
                            {row.variant},
                            {row.severity, "", row.level()},
                            {row.benchmark},
                            CountCell(row.n)});
      table.rows.back().resize(table.columns.size(), document::Cell{"-"});
    }
    const auto info = std::ranges::find(infos, row.measure, &measures::MeasureInfo::key);
    table.rows[place->second][first + (info - infos.begin())] = MeasureCell(row.value, *info);
  }
  return table;
}

document::Point PointOf(double x, const measures::Measure& m) {
  document::Point point{x, 100 * m.value.value()};
  if (m.low && m.high) point.low = 100 * *m.low, point.high = 100 * *m.high;
  return point;
}

// The value of untouched photographs, which every sweep begins with; severity 0.
const Row* Untouched(const std::vector<Row>& rows, const Row& like) {
  const auto found = std::ranges::find_if(rows, [&](const Row& row) {
    return row.transform == kUntouched && row.variant == like.variant &&
           row.benchmark == like.benchmark && row.measure == like.measure && row.value.value;
  });
  return found == rows.end() ? nullptr : &*found;
}

// The share of verdicts that are right, and that stay, over the severity: a
// curve for each transform.
void AddSweeps(const std::vector<Row>& rows, document::Section& section) {
  std::map<std::string, document::Chart> charts;
  for (const Row& row : rows) {
    const std::optional<double> level = row.level();
    if (!level || !row.value.value || row.transform == kUntouched ||
        !std::ranges::count(kDrawn, row.measure))
      continue;
    const std::string title = fmt::format("{}, {}, {}", row.benchmark, row.variant, row.measure);
    document::Chart& chart =
        charts.try_emplace(title, document::Chart{title, {"severity", 0}, {row.measure + " %"}})
            .first->second;
    auto series = std::ranges::find(chart.series, row.transform, &document::Series::name);
    if (series == chart.series.end()) {
      series = chart.series.insert(
          series, {row.transform, document::SeriesStyle::kDots, chart.series.size()});
      if (const Row* untouched = Untouched(rows, row))
        series->points.push_back(PointOf(0, untouched->value));
    }
    series->points.push_back(PointOf(*level, row.value));
  }
  for (auto& [title, chart] : charts) section.blocks.emplace_back(std::move(chart));
}

// The bundle that a run tested, as the user named it.
std::string BundleOf(const Run& run) {
  const std::vector<std::string> values =
      run.record ? run.record->ValuesOf("bundle") : std::vector<std::string>{};
  return values.empty() ? "" : values[0];
}

// Accuracy by transform and benchmark: as published, and at each severity of the correct transform.
struct Beside {
  std::vector<std::pair<std::string, std::string>> keys;  // in the order of the runs
  std::map<std::pair<std::string, std::string>, const Row*> legacy;
  std::map<std::pair<std::string, std::string>, std::map<int, const Row*>> correct;
};

Beside BesideOf(const std::vector<const std::vector<Row>*>& runs) {
  Beside beside;
  for (const std::vector<Row>* rows : runs) {
    for (const Row& row : *rows) {
      if (row.measure != "accuracy" || row.transform == kUntouched) continue;
      const std::pair key(row.transform, row.benchmark);
      if (!std::ranges::count(beside.keys, key)) beside.keys.push_back(key);
      if (row.variant == "legacy") beside.legacy[key] = &row;
      if (row.variant == "correct" && row.level())
        beside.correct[key][static_cast<int>(*row.level())] = &row;
    }
  }
  std::erase_if(beside.keys, [&](const auto& key) {
    return !beside.legacy.contains(key) || !beside.correct.contains(key);
  });
  return beside;
}

// What repairing the published transforms changes; a table without rows unless a bundle
// was tested in both ways.
document::Table BesideTable(const std::string& bundle, const Beside& beside) {
  document::Table table{"Legacy beside correct, accuracy %: " + bundle,
                        {{"transform"}, {"benchmark"}, {"legacy", true}}};
  for (int severity = 1; severity <= image::kSeverities; ++severity)
    table.columns.push_back({fmt::format("correct {}", severity), true});
  const measures::MeasureInfo& info = measures::MeasureByKey("accuracy");
  for (const auto& key : beside.keys) {
    std::vector<document::Cell> cells = {
        {key.first}, {key.second}, MeasureCell(beside.legacy.at(key)->value, info)};
    const std::map<int, const Row*>& levels = beside.correct.at(key);
    for (int severity = 1; severity <= image::kSeverities; ++severity) {
      const auto found = levels.find(severity);
      cells.push_back(found == levels.end() ? document::Cell{"-"}
                                            : MeasureCell(found->second->value, info));
    }
    table.rows.push_back(std::move(cells));
  }
  return table;
}

}  // namespace

document::Section RobustnessSection(const std::vector<Run>& runs) {
  document::Section section{"Robustness"};
  std::deque<std::vector<Row>> all;
  std::map<std::string, std::vector<const std::vector<Row>*>> by_bundle;
  for (const Run& run : OfKind(runs, RunKind::kRobustness)) {
    const std::vector<Row>& rows = all.emplace_back(ReadRows(run));
    by_bundle[BundleOf(run)].push_back(&rows);
    section.blocks.emplace_back(document::Heading{run.name});
    AddSweeps(rows, section);
    section.blocks.emplace_back(TableOf(run, rows));
  }
  if (section.blocks.empty()) return section;
  section.blocks.emplace_back(document::Paragraph{
      "Severity 0: the photographs as they are. Bars and brackets are 95 % intervals."});
  for (const auto& [bundle, of_bundle] : by_bundle) {
    document::Table table = BesideTable(bundle, BesideOf(of_bundle));
    if (!table.rows.empty()) section.blocks.emplace_back(std::move(table));
  }
  return section;
}

}  // namespace kallos::report
