#include "eval/report/measures_file.h"
#include "eval/report/sections.h"

namespace kallos::report {
namespace {

struct NamedMeasures {
  std::string run;
  BenchmarkMeasures measures;
};

Table TableOf(const std::string& caption, const std::vector<NamedMeasures>& rows) {
  std::vector<BenchmarkMeasures> measures;
  for (const NamedMeasures& row : rows) measures.push_back(row.measures);
  const std::vector<MeasureStyle> styles = StylesOf(measures);
  Table table{caption, {{"benchmark"}, {"run"}, {"n", true}}};
  for (const MeasureStyle& style : styles) table.columns.push_back({style.title, true});
  for (const NamedMeasures& row : rows) {
    table.rows.push_back({{row.measures.benchmark}, {row.run}, CountCell(row.measures.n)});
    for (const MeasureStyle& style : styles) {
      const auto found = row.measures.by_name.find(style.name);
      table.rows.back().push_back(
          found == row.measures.by_name.end() ? Cell{"-"} : MeasureCell(found->second, style.scale, style.digits));
    }
  }
  return table;
}

// The first measure of the table, of every row, with its interval.
Chart ChartOf(const std::vector<NamedMeasures>& rows) {
  const MeasureStyle style = StylesOf({rows[0].measures})[0];
  Chart chart{style.title, {"", {}, {}, false, {}}, {style.title}};
  Series series{"", Look::kCloud, 0};
  for (const NamedMeasures& row : rows) {
    const auto found = row.measures.by_name.find(style.name);
    if (found == row.measures.by_name.end() || !found->second.value) continue;
    const eval::Measure& m = found->second;
    Point point{static_cast<double>(chart.x.names.size()), style.scale * *m.value};
    if (m.low && m.high) point.low = style.scale * *m.low, point.high = style.scale * *m.high;
    series.points.push_back(point);
    chart.x.names.push_back(row.measures.benchmark + ", " + row.run);
  }
  chart.series.push_back(std::move(series));
  chart.note = "With 95 % intervals.";
  return chart;
}

void AddTable(const std::string& caption, const std::vector<NamedMeasures>& rows, Section& section) {
  if (rows.empty()) return;
  section.blocks.emplace_back(TableOf(caption, rows));
  if (rows.size() > 1) section.blocks.emplace_back(ChartOf(rows));
}

}  // namespace

Section BenchmarkSection(const std::vector<Run>& runs) {
  std::vector<NamedMeasures> classes, scores;
  List notes;
  for (const Run& run : OfKind(runs, RunKind::kBenchmark)) {
    const MeasuresFile file = ReadMeasures(MarkOf(run));
    for (const BenchmarkMeasures& row : file.rows) (row.of_scores() ? scores : classes).push_back({run.name, row});
    for (const std::string& note : file.notes) notes.items.push_back(run.name + ": " + note);
  }
  Section section{"Benchmarks"};
  AddTable("Verdicts good and bad", classes, section);
  AddTable("Predicted scores", scores, section);
  if (section.blocks.empty()) return section;
  if (!classes.empty())
    section.blocks.emplace_back(Paragraph{
        "Positive = good. In brackets 95 % intervals: Wilson for proportions, DeLong for ROC-AUC, bootstrap for "
        "the rest."});
  if (!scores.empty())
    section.blocks.emplace_back(Paragraph{
        "Scores: in brackets 95 % intervals by bootstrap. Fitted: after a logistic curve from predictions to scores."});
  if (!notes.items.empty()) section.blocks.emplace_back(std::move(notes));
  return section;
}

}  // namespace kallos::report
