#include <algorithm>
#include <map>

#include "eval/report/curves.h"
#include "eval/report/judged_runs.h"
#include "eval/report/measures_file.h"
#include "eval/report/number_table.h"
#include "eval/report/sections.h"
#include "lib/core/error.h"
#include "lib/core/file.h"

namespace kallos::report {
namespace {

constexpr const char* kCalibration = "calibration.csv";
constexpr const char* kReliability = "reliability.csv";

// A curve for each benchmark, by the legend's text.
using Curves = std::map<std::string, std::vector<std::pair<std::string, std::vector<Point>>>>;

std::string StageText(std::string stage) {
  std::ranges::replace(stage, '_', ' ');
  return stage;
}

// The curves that kallos-eval benchmark measured before and after each correction.
void AddRecorded(const Run& run, Curves& curves) {
  const NumberTable table(run.path / kReliability,
                          {"benchmark", "stage", "mean_probability", "share_good", "low", "high"});
  std::map<std::pair<std::string, std::string>, std::vector<Point>> by_stage;
  std::vector<std::pair<std::string, std::string>> order;
  for (size_t i = 0; i < table.rows(); ++i) {
    const auto key = std::pair(table.Text(i, "benchmark"), table.Text(i, "stage"));
    if (!by_stage.contains(key)) order.push_back(key);
    by_stage[key].push_back({table.Number(i, "mean_probability"), table.Number(i, "share_good"),
                             table.MaybeNumber(i, "low"), table.MaybeNumber(i, "high")});
  }
  for (const auto& key : order)
    curves[key.first].emplace_back(run.name + ", " + StageText(key.second), std::move(by_stage[key]));
}

Curves CurvesOf(const std::vector<Run>& runs) {
  Curves curves;
  std::vector<Run> without;
  for (const Run& run : OfKind(runs, RunKind::kBenchmark)) {
    if (fs::exists(run.path / kReliability))
      AddRecorded(run, curves);
    else
      without.push_back(run);
  }
  for (const auto& [benchmark, judged] : JudgedByBenchmark(without)) {
    for (const JudgedRun& run : judged)
      curves[benchmark].emplace_back(run.run, ReliabilityCurve(ReliabilityBins(run.steps)));
  }
  return curves;
}

Chart ReliabilityChart(const std::string& benchmark, const Curves::mapped_type& curves) {
  Chart chart{benchmark, {"mean probability of good", 0, 1}, {"share of good ones", 0, 1}, {}, true};
  for (size_t i = 0; i < curves.size(); ++i)
    chart.series.push_back({curves[i].first, Look::kDots, static_cast<int>(i), curves[i].second});
  chart.series.push_back({"", Look::kDashed, {}, {{0, 0}, {1, 1}}});
  return chart;
}

// A row for each benchmark and measure, a column for each stage.
Table StagesTable(const Run& run) {
  const NumberTable file(run.path / kCalibration, {"benchmark", "stage", "measure", "value", "low", "high"});
  std::vector<std::string> stages;
  std::map<std::pair<std::string, std::string>, std::map<std::string, eval::Measure>> rows;
  for (size_t i = 0; i < file.rows(); ++i) {
    const std::string& stage = file.Text(i, "stage");
    if (!std::ranges::count(stages, stage)) stages.push_back(stage);
    rows[{file.Text(i, "benchmark"), file.Text(i, "measure")}][stage] = file.MeasureAt(i, "value");
  }
  Table table{"Before and after correction: " + run.name, {{"benchmark"}, {"measure"}}};
  for (const std::string& stage : stages) table.columns.push_back({StageText(stage), true});
  for (const auto& [key, by_stage] : rows) {
    table.rows.push_back({{key.first}, {key.second}});
    for (const std::string& stage : stages) {
      const auto found = by_stage.find(stage);
      table.rows.back().push_back(found == by_stage.end() ? Cell{"-"} : MeasureCell(found->second, 1, 3));
    }
  }
  return table;
}

}  // namespace

Section CalibrationSection(const std::vector<Run>& runs) {
  Section section{"Calibration"};
  for (const auto& [benchmark, curves] : CurvesOf(runs))
    section.blocks.emplace_back(ReliabilityChart(benchmark, curves));
  if (!section.blocks.empty())
    section.blocks.emplace_back(
        Paragraph{"Ten bins with equally many photographs; bars are 95 % intervals (Wilson). On the dashed line "
                  "probabilities are what they say; below it they promise too much."});
  for (const Run& run : OfKind(runs, RunKind::kBenchmark)) {
    if (fs::exists(run.path / kCalibration)) section.blocks.emplace_back(StagesTable(run));
  }
  return section;
}

}  // namespace kallos::report
