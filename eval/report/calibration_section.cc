#include <algorithm>
#include <map>

#include "eval/report/curves.h"
#include "eval/report/measures_file.h"
#include "eval/report/number_table.h"
#include "eval/report/run_predictions.h"
#include "eval/report/sections.h"
#include "lib/core/error.h"
#include "lib/core/file.h"

namespace kallos::report {
namespace {

constexpr const char* kCalibration = "calibration.csv";
constexpr const char* kReliability = "reliability.csv";

using Stages = std::vector<std::pair<std::string, std::vector<document::Point>>>;

std::string StageText(std::string stage) {
  std::ranges::replace(stage, '_', ' ');
  return stage;
}

// What kallos-eval benchmark measured before and after each correction, by benchmark.
std::map<std::string, Stages> ReadStages(const fs::path& file) {
  const NumberTable table(file,
                          {"benchmark", "stage", "mean_probability", "share_good", "low", "high"});
  std::map<std::string, Stages> by_benchmark;
  for (size_t i = 0; i < table.rows(); ++i) {
    Stages& stages = by_benchmark[table.Text(i, "benchmark")];
    const std::string stage = StageText(table.Text(i, "stage"));
    auto found = std::ranges::find(stages, stage, &Stages::value_type::first);
    if (found == stages.end()) found = stages.insert(found, {stage, {}});
    found->second.push_back({table.Number(i, "mean_probability"), table.Number(i, "share_good"),
                             table.MaybeNumber(i, "low"), table.MaybeNumber(i, "high")});
  }
  return by_benchmark;
}

std::map<std::string, Stages> MeasureStages(const Run& run) {
  std::map<std::string, Stages> by_benchmark;
  for (const auto& [benchmark, predicted] : ClassRunsByBenchmark({run}))
    by_benchmark[benchmark] = {{"as is", ReliabilityCurve(predicted[0].thresholds)}};
  return by_benchmark;
}

document::Chart ReliabilityChart(const std::string& title, const Stages& stages) {
  document::Chart chart{
      title, {"mean probability of good", 0, 1}, {"share of good ones", 0, 1}, {}, true};
  for (const auto& [stage, points] : stages)
    chart.series.push_back({stages.size() > 1 ? stage : "", document::SeriesStyle::kDots,
                            chart.series.size(), points});
  chart.series.push_back({"", document::SeriesStyle::kDashed, {}, {{0, 0}, {1, 1}}});
  return chart;
}

// A row for each benchmark and measure, a column for each stage; without rows
// where nothing was corrected.
document::Table StagesTable(const Run& run) {
  const NumberTable file(run.path / kCalibration,
                         {"benchmark", "stage", "measure", "value", "low", "high"});
  std::vector<std::string> stages;
  std::map<std::pair<std::string, std::string>, std::map<std::string, measures::Measure>> rows;
  for (size_t i = 0; i < file.rows(); ++i) {
    const std::string& stage = file.Text(i, "stage");
    if (!std::ranges::count(stages, stage)) stages.push_back(stage);
    rows[{file.Text(i, "benchmark"), file.Text(i, "measure")}][stage] = file.MeasureAt(i, "value");
  }
  document::Table table{"Before and after correction: " + run.name, {{"benchmark"}, {"measure"}}};
  for (const std::string& stage : stages) table.columns.push_back({StageText(stage), true});
  if (stages.size() < 2) return table;
  for (const auto& [key, by_stage] : rows) {
    const measures::MeasureInfo info = measures::MeasuresOf({key.second})[0];
    table.rows.push_back({{key.first}, {info.title}});
    for (const std::string& stage : stages) {
      const auto found = by_stage.find(stage);
      table.rows.back().push_back(found == by_stage.end() ? document::Cell{"-"}
                                                          : MeasureCell(found->second, info));
    }
  }
  return table;
}

}  // namespace

document::Section CalibrationSection(const std::vector<Run>& runs) {
  document::Section section{"Calibration"};
  for (const Run& run : OfKind(runs, RunKind::kBenchmark)) {
    const fs::path file = run.path / kReliability;
    for (const auto& [benchmark, stages] : fs::exists(file) ? ReadStages(file) : MeasureStages(run))
      section.blocks.emplace_back(ReliabilityChart(run.name + ", " + benchmark, stages));
  }
  if (!section.blocks.empty())
    section.blocks.emplace_back(
        document::Paragraph{"Ten bins with equally many photographs; bars are 95 % intervals "
                            "(Wilson). On the dashed line "
                            "probabilities are what they say; below it they promise too much."});
  for (const Run& run : OfKind(runs, RunKind::kBenchmark)) {
    if (!fs::exists(run.path / kCalibration)) continue;
    document::Table table = StagesTable(run);
    if (!table.rows.empty()) section.blocks.emplace_back(std::move(table));
  }
  return section;
}

}  // namespace kallos::report
