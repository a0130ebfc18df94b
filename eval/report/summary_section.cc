#include <algorithm>

#include "eval/report/measures_file.h"
#include "eval/report/sections.h"
#include "ga/evolution/history.h"
#include "lib/core/error.h"
#include "lib/core/text.h"

namespace kallos::report {
namespace {

// The first measure of the pooled row, or of the only one: "test: accuracy % 92.80
// [86.9, 96.2], n = 125".
std::string MainNumber(const MeasuresFile& file) {
  if (file.own.rows.empty()) return fmt::format("{} models, each in a folder inside", file.models);
  const BenchmarkMeasures& row = file.own.rows.back();
  for (const measures::MeasureInfo& info : measures::MeasuresOf(NamesOf({row}))) {
    const document::Cell cell = MeasureCell(row.by_name.at(info.key), info);
    if (!cell.key) continue;
    return fmt::format("{}: {} {} {}, n = {}", row.benchmark, info.title, cell.text, cell.detail,
                       FormatCount(row.n));
  }
  return row.benchmark + ": nothing could be measured";
}

std::string MainComparison(const Run& run) {
  std::string text;
  ReadJson(MarkOf(run), [&](const nlohmann::json& json) {
    const nlohmann::json& pairs = json.at("pairs");
    const auto differ = std::ranges::count_if(pairs, [](const nlohmann::json& pair) {
      return pair.at("mcnemar_p_holm").get<double>() < 0.05;
    });
    text = fmt::format("{} of {} pairs differ", differ, pairs.size());
  });
  return text;
}

std::string MainFitness(const Run& run) {
  const std::vector<ga::HistoryRow> history = ga::ReadHistory(run.path / "history.csv");
  if (history.empty()) return "no generation is finished";
  return fmt::format("best fitness {:.4f} after {} generations", history.back().best_so_far,
                     history.back().generation);
}

// "1488 columns, 300 training rows": what its record counts.
std::string Counts(const Run& run) {
  std::vector<std::string> texts;
  if (run.record) {
    for (auto [name, value] : run.record->counts) {
      std::ranges::replace(name, '_', ' ');
      texts.push_back(value + " " + name);
    }
  }
  return Join(texts, ", ");
}

std::string MainResult(const Run& run) {
  switch (run.kind) {
    case RunKind::kBenchmark:
      return MainNumber(ReadMeasures(MarkOf(run)));
    case RunKind::kComparison:
      return MainComparison(run);
    case RunKind::kSearch:
      return MainFitness(run);
    default:
      return Counts(run);
  }
}

// "2026-11-24T16:15:35Z" -> "2026-11-24 16:15".
std::string TimeText(const std::string& iso) {
  std::string text = iso.substr(0, 16);
  if (text.size() > 10) text[10] = ' ';
  return text;
}

}  // namespace

document::Section SummarySection(const std::vector<Run>& runs) {
  document::Table table{"Runs in this report",
                        {{"run"}, {"made by"}, {"result"}, {"ended, UTC"}, {"commit"}}};
  for (const Run& run : runs) {
    const document::Cell ended = run.record ? document::Cell{TimeText(run.record->ended)}
                                            : document::Cell{"-", "no run.yaml: broken off?"};
    table.rows.push_back({{run.name},
                          {CommandOf(run.kind)},
                          {MainResult(run)},
                          ended,
                          {run.record ? run.record->commit : "-"}});
  }
  return {"Summary", {std::move(table)}};
}

}  // namespace kallos::report
