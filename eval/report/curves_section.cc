#include "eval/report/curves.h"
#include "eval/report/measures_file.h"
#include "eval/report/run_predictions.h"
#include "eval/report/sections.h"
#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/measures/intervals.h"

namespace kallos::report {
namespace {

constexpr size_t kMostDots = 2000;  // of a cloud

document::Axis UnitAxis(const char* title) {
  return {title, 0, 1};
}

document::Series Reference(std::vector<document::Point> points) {
  return {"", document::SeriesStyle::kDashed, {}, std::move(points)};
}

std::string WithMeasure(const std::string& run, const char* measure, double value) {
  return fmt::format("{}: {} {:.3f}", run, measure, value);
}

document::Chart RocChart(const std::vector<const ClassRun*>& predicted) {
  document::Chart chart{
      "ROC", UnitAxis("bad ones called good"), UnitAxis("good ones called good"), {}, true};
  chart.note = "Dots: the verdict's threshold 0.5. Dashed: chance.";
  for (size_t i = 0; i < predicted.size(); ++i) {
    const int colour = i;
    const measures::RocThresholds& thresholds = predicted[i]->thresholds;
    const measures::Verdicts v = measures::CountVerdicts(thresholds);
    const document::Point verdict = {measures::ShareOf(v.fp, v.fp + v.tn),
                                     measures::ShareOf(v.tp, v.tp + v.fn)};
    chart.series.push_back({WithMeasure(predicted[i]->run, "AUC", measures::RocAuc(thresholds)),
                            document::SeriesStyle::kLine, colour, Thinned(RocCurve(thresholds))});
    chart.series.push_back({"", document::SeriesStyle::kCloud, colour, {verdict}});
  }
  chart.series.push_back(Reference({{0, 0}, {1, 1}}));
  return chart;
}

document::Chart PrecisionRecallChart(const std::vector<const ClassRun*>& predicted) {
  document::Chart chart{
      "Precision and recall", UnitAxis("recall of good ones"), UnitAxis("precision"), {}, true};
  chart.note = "AP: average precision. Dashed: the share of good ones, which chance would give.";
  for (size_t i = 0; i < predicted.size(); ++i) {
    const measures::RocThresholds& thresholds = predicted[i]->thresholds;
    chart.series.push_back(
        {WithMeasure(predicted[i]->run, "AP", measures::AveragePrecision(thresholds)),
         document::SeriesStyle::kLine, i, Thinned(PrecisionRecallCurve(thresholds))});
  }
  const measures::Verdicts v = measures::CountVerdicts(predicted[0]->thresholds);
  const double share = measures::ShareOf(v.tp + v.fn, v.tp + v.fn + v.fp + v.tn);
  chart.series.push_back(Reference({{0, share}, {1, share}}));
  return chart;
}

// Each row's cells are shaded by their share of the row.
document::Table ConfusionTable(const ClassRun& predicted) {
  const measures::Verdicts v = measures::CountVerdicts(predicted.thresholds);
  document::Table table{
      predicted.run, {{""}, {"called bad", true}, {"called good", true}}, {}, true};
  const auto add = [&](const char* title, int64_t bad, int64_t good) {
    std::vector<document::Cell> cells = {{title}};
    for (const int64_t count : {bad, good}) {
      cells.push_back(CountCell(count));
      if (bad + good == 0) continue;
      cells.back().shade = measures::ShareOf(count, bad + good);
      cells.back().detail = fmt::format("{:.1f} %", 100 * *cells.back().shade);
    }
    table.rows.push_back(std::move(cells));
  };
  add("is bad", v.tn, v.fp);
  add("is good", v.fn, v.tp);
  return table;
}

void AddBenchmark(const std::string& benchmark, const std::vector<ClassRun>& predicted,
                  document::Section& section) {
  section.blocks.emplace_back(document::Heading{benchmark});
  std::vector<const ClassRun*> drawn;
  for (const ClassRun& run : predicted) {
    if (run.has_both_classes())
      drawn.push_back(&run);
    else if (run.thresholds[0].good > 0)
      section.blocks.emplace_back(document::Paragraph{
          run.run + ": no curves, since all photographs of the benchmark are good."});
    else
      section.blocks.emplace_back(document::Paragraph{
          run.run + ": no curves, since all photographs of the benchmark are bad."});
  }
  for (const ClassRun* run : drawn) {
    if (run->thresholds.size() == 1)
      section.blocks.emplace_back(
          document::Paragraph{run->run + ": gives all photographs the same probability."});
  }
  if (!drawn.empty()) {
    section.blocks.emplace_back(RocChart(drawn));
    section.blocks.emplace_back(PrecisionRecallChart(drawn));
  }
  for (const ClassRun& run : predicted) section.blocks.emplace_back(ConfusionTable(run));
}

document::Chart CloudChart(const ScoreRun& scored) {
  document::Chart chart{scored.run, {"prediction"}, {"mean opinion"}};
  document::Series cloud{"", document::SeriesStyle::kCloud, 0};
  const size_t every = (scored.predictions.size() + kMostDots - 1) / kMostDots;
  for (size_t i = 0; i < scored.predictions.size(); i += every)
    cloud.points.push_back({scored.predictions[i].prediction, scored.predictions[i].score});
  chart.note = FormatCount(scored.predictions.size()) + " photographs";
  if (every > 1) chart.note += fmt::format(", one in {} drawn", every);
  chart.note += ".";
  chart.series.push_back(std::move(cloud));
  return chart;
}

}  // namespace

document::Section CurvesSection(const std::vector<Run>& runs) {
  document::Section section{"Curves and confusion"};
  for (const auto& [benchmark, predicted] : ClassRunsByBenchmark(runs))
    AddBenchmark(benchmark, predicted, section);
  for (const auto& [benchmark, scored] : ScoreRunsByBenchmark(runs)) {
    section.blocks.emplace_back(document::Heading{benchmark});
    for (const ScoreRun& run : scored) section.blocks.emplace_back(CloudChart(run));
  }
  return section;
}

}  // namespace kallos::report
