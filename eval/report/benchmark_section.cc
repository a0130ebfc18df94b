#include <algorithm>
#include <set>

#include "eval/report/measures_file.h"
#include "eval/report/run_predictions.h"
#include "eval/report/sections.h"

namespace kallos::report {
namespace {

struct NamedMeasures {
  std::string run;
  BenchmarkMeasures measures;
};

document::Table TableOf(const std::string& caption, const std::vector<NamedMeasures>& rows) {
  std::vector<BenchmarkMeasures> measures;
  for (const NamedMeasures& row : rows) measures.push_back(row.measures);
  const std::vector<measures::MeasureInfo> infos = measures::MeasuresOf(NamesOf(measures));
  document::Table table{caption, {{"benchmark"}, {"run"}, {"n", true}}};
  for (const measures::MeasureInfo& info : infos) table.columns.push_back({info.title, true});
  for (const NamedMeasures& row : rows) {
    table.rows.push_back({{row.measures.benchmark}, {row.run}, CountCell(row.measures.n)});
    for (const measures::MeasureInfo& info : infos) {
      const auto found = row.measures.by_name.find(info.key);
      table.rows.back().push_back(found == row.measures.by_name.end()
                                      ? document::Cell{"-"}
                                      : MeasureCell(found->second, info));
    }
  }
  return table;
}

std::optional<document::Point> PointOf(const BenchmarkMeasures& measures,
                                       const measures::MeasureInfo& info, double x) {
  const auto found = measures.by_name.find(info.key);
  if (found == measures.by_name.end() || !found->second.value) return std::nullopt;
  const measures::Measure& m = found->second;
  const double scale = measures::ScaleOf(info);
  document::Point point{x, scale * *m.value};
  if (m.low && m.high) point.low = scale * *m.low, point.high = scale * *m.high;
  return point;
}

// The first measure of the table over the benchmarks; runs side by side.
document::Chart ChartOf(const std::vector<NamedMeasures>& rows) {
  const measures::MeasureInfo info = measures::MeasuresOf(NamesOf({rows[0].measures}))[0];
  document::Chart chart{info.title, {}, {info.title}};
  std::set<std::string> runs;
  for (const NamedMeasures& row : rows) runs.insert(row.run);
  for (const std::string& run : runs)
    chart.series.push_back({run, document::SeriesStyle::kCloud, chart.series.size()});
  // The runs stand side by side around a measure's place, within 0.6 of the distance to the next.
  const double step = 0.6 / runs.size();
  const double middle = (runs.size() - 1) / 2.0;
  for (const NamedMeasures& row : rows) {
    std::vector<std::string>& names = chart.x.names;
    if (names.empty() || names.back() != row.measures.benchmark)
      names.push_back(row.measures.benchmark);
    const auto series = std::ranges::find(chart.series, row.run, &document::Series::name);
    const double place = (series - chart.series.begin()) - middle;
    const auto point = PointOf(row.measures, info, (names.size() - 1) + step * place);
    if (point) series->points.push_back(*point);
  }
  chart.note = "With 95 % intervals.";
  return chart;
}

// All models of a benchmark stand together.
void AddTable(const std::string& caption, std::vector<NamedMeasures> rows,
              document::Section& section) {
  if (rows.empty()) return;
  std::ranges::stable_sort(rows, {}, [](const NamedMeasures& row) {
    return std::pair(row.measures.of_all(), row.measures.benchmark);
  });
  section.blocks.emplace_back(TableOf(caption, rows));
  if (rows.size() > 1) section.blocks.emplace_back(ChartOf(rows));
}

// The measures of a publication, as a run has them.
struct Published {
  std::string name, run;
  ModelMeasures measures;
};

// Whether some benchmark of both has other measures.
bool Disagree(const Published& a, const Published& b) {
  return a.name == b.name &&
         std::ranges::any_of(a.measures.rows, [&](const BenchmarkMeasures& row) {
           const auto other =
               std::ranges::find(b.measures.rows, row.benchmark, &BenchmarkMeasures::benchmark);
           return other != b.measures.rows.end() && *other != row;
         });
}

// Runs may share a reference, and may have taken different ones under one name.
std::string TitleOf(const Published& one, const std::vector<Published>& all) {
  const bool disputed =
      std::ranges::any_of(all, [&](const Published& other) { return Disagree(one, other); });
  return one.name + (disputed ? " (published, as " + one.run + " has it)" : " (published)");
}

}  // namespace

document::Section BenchmarkSection(const std::vector<Run>& runs) {
  std::vector<NamedMeasures> classes, scores;
  document::List notes;
  std::set<std::pair<std::string, std::string>> told;  // names with their benchmarks and notes
  const auto add = [&](const std::string& name, const ModelMeasures& model) {
    for (const BenchmarkMeasures& row : model.rows) {
      if (told.emplace(name, row.benchmark).second)
        (row.of_scores() ? scores : classes).push_back({name, row});
    }
    for (const std::string& note : model.notes) {
      if (told.emplace(name, note).second) notes.items.push_back(name + ": " + note);
    }
  };
  std::vector<Published> published;
  for (const Run& run : OfKind(runs, RunKind::kBenchmark)) {
    const MeasuresFile file = ReadMeasures(MarkOf(run));
    add(run.name, file.own);
    RequireWholePredictions(run, file.own);
    for (const auto& [name, model] : file.published) published.push_back({name, run.name, model});
  }
  std::ranges::stable_sort(published, {}, &Published::name);
  for (const Published& one : published) add(TitleOf(one, published), one.measures);
  document::Section section{"Benchmarks"};
  AddTable("Verdicts good and bad", classes, section);
  AddTable("Predicted scores", scores, section);
  if (section.blocks.empty()) return section;
  if (!classes.empty())
    section.blocks.emplace_back(
        document::Paragraph{"Positive = good. In brackets 95 % intervals: Wilson for proportions, "
                            "DeLong for ROC-AUC, bootstrap for "
                            "the rest."});
  if (!scores.empty())
    section.blocks.emplace_back(
        document::Paragraph{"Scores: in brackets 95 % intervals by bootstrap. Fitted: after a "
                            "logistic curve from predictions to scores."});
  if (!notes.items.empty()) section.blocks.emplace_back(std::move(notes));
  return section;
}

}  // namespace kallos::report
