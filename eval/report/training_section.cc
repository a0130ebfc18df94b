#include <algorithm>

#include "eval/report/measures_file.h"
#include "eval/report/sections.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "train/training.h"

namespace kallos::report {
namespace {

using train::EpochRow;

constexpr const char* kHistory = "history.csv";

document::Series SeriesOf(const std::string& name, document::SeriesStyle style, int colour,
                          const std::vector<EpochRow>& history, double EpochRow::*value,
                          double scale) {
  document::Series series{name, style, colour};
  for (const EpochRow& row : history)
    series.points.push_back({static_cast<double>(row.epoch), scale * row.*value});
  return series;
}

// As recorded; "-" where run.yaml is missing.
document::Cell ValidationRows(const Run& run) {
  if (run.record) {
    for (const auto& [name, value] : run.record->counts) {
      const std::optional<int64_t> count =
          name == "validation_rows" ? ParseInt(value) : std::nullopt;
      if (count) return CountCell(*count);
    }
  }
  return {"-"};
}

std::vector<document::Cell> RowOf(const Run& run, const std::vector<EpochRow>& history) {
  const EpochRow& best = *std::ranges::min_element(history, {}, &EpochRow::validation_loss);
  return {{run.name},
          ValidationRows(run),
          CountCell(history.size()),
          CountCell(best.epoch),
          {fmt::format("{:.4f}", best.validation_loss), "", best.validation_loss},
          {fmt::format("{:.2f}", 100 * best.validation_accuracy), "", best.validation_accuracy},
          {fmt::format("{:.4f}", best.train_loss), "", best.train_loss}};
}

}  // namespace

document::Section TrainingSection(const std::vector<Run>& runs) {
  document::Section section{"Training"};
  document::Chart loss{"Loss", {"epoch"}, {"loss", 0}},
      accuracy{"Validation accuracy", {"epoch"}, {"%"}};
  loss.note =
      "Solid: validation. Dashed: training, with dropout and class weights. Cross-entropy; of "
      "kallos-distill features "
      "the "
      "error of the numbers, and its accuracy is the share of the teacher's verdicts.";
  document::Table table{"Trainings",
                        {{"run"},
                         {"n, validation", true},
                         {"epochs", true},
                         {"best epoch", true},
                         {"validation loss", true},
                         {"validation accuracy %", true},
                         {"training loss", true}}};
  for (const Run& run : OfKind(runs, RunKind::kTraining)) {
    const fs::path file = run.path / kHistory;
    if (!fs::exists(file)) continue;
    const std::vector<EpochRow> history = train::ParseHistory(ReadFile(file), PathText(file));
    if (history.empty()) continue;
    const int colour = table.rows.size();
    loss.series.push_back(SeriesOf(run.name, document::SeriesStyle::kLine, colour, history,
                                   &EpochRow::validation_loss, 1));
    loss.series.push_back(
        SeriesOf("", document::SeriesStyle::kDashed, colour, history, &EpochRow::train_loss, 1));
    accuracy.series.push_back(SeriesOf(run.name, document::SeriesStyle::kLine, colour, history,
                                       &EpochRow::validation_accuracy, 100));
    table.rows.push_back(RowOf(run, history));
  }
  if (table.rows.empty()) return section;
  section.blocks = {std::move(loss), std::move(accuracy), std::move(table)};
  section.blocks.emplace_back(
      document::Paragraph{"Numbers of the epoch with the least validation loss, before "
                          "calibration. The validation rows chose that "
                          "epoch, so they flatter."});
  return section;
}

}  // namespace kallos::report
