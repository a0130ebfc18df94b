#include "ga/compare_table.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "lib/core/csv.h"
#include "lib/core/text.h"
#include "lib/document/cells.h"
#include "lib/document/markdown.h"

namespace kallos::ga {
namespace {

// A mean over seeds, with its interval and its difference to all columns.
struct Measured {
  measures::BootstrapReplicates mean;
  std::optional<measures::BootstrapReplicates> minus_all;
};

// A method over its seeds.
struct Row {
  std::vector<const Result*> results;
  double fitness = 0;
  Measured accuracy, auc;
  double accuracy_sd = 0;
  int64_t trained = 0;
  double seconds = 0;
  std::set<std::string> notes;

  const Method& method() const { return results[0]->method; }
};

double StandardDeviation(const std::vector<double>& values) {
  const double n = values.size();
  double mean = 0, square = 0;
  for (const double value : values) mean += value / n;
  for (const double value : values) square += (value - mean) * (value - mean);
  return values.size() < 2 ? 0 : std::sqrt(square / (n - 1));
}

Row RowOf(const std::vector<const Result*>& results) {
  Row row;
  row.results = results;
  std::vector<double> accuracies;
  for (const Result* result : results) {
    row.fitness += result->fitness / results.size();
    row.trained += result->trained;
    row.seconds += result->seconds;
    if (!result->note.empty())
      row.notes.insert(fmt::format("seed {}: {}", result->seed, result->note));
    accuracies.push_back(measures::Accuracy(measures::ThresholdsOf(result->predictions)));
  }
  row.accuracy_sd = StandardDeviation(accuracies);
  return row;
}

std::vector<Row> RowsOf(const Table& table) {
  std::vector<Row> rows;
  std::vector<measures::Repetitions> predictions;
  std::optional<size_t> all;
  for (const Method& method : Methods()) {
    std::vector<const Result*> results;
    measures::Repetitions repetitions;
    for (const Result& result : table.results) {
      if (result.method.name != method.name) continue;
      results.push_back(&result);
      repetitions.push_back(result.predictions);
    }
    if (results.empty()) continue;
    if (method.name == kAllColumns) all = rows.size();
    rows.push_back(RowOf(results));
    predictions.push_back(std::move(repetitions));
  }
  const auto found =
      measures::PairedBootstrap(predictions, {measures::Accuracy, measures::RocAuc}, table.seed);
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i].accuracy.mean = found[i][0];
    rows[i].auc.mean = found[i][1];
    if (!all || *all == i) continue;
    rows[i].accuracy.minus_all = measures::Minus(found[i][0], found[*all][0]);
    rows[i].auc.minus_all = measures::Minus(found[i][1], found[*all][1]);
  }
  return rows;
}

std::string SelectedOn(const Method& method, const Table& table) {
  return method.by_fitness ? table.fitness_rows : "train";
}

std::string PairsCsv(const Table& table) {
  CsvTable csv{{"seed", "method", "selected_on", "columns", "fitness", "accuracy", "roc_auc",
                "trained", "seconds"},
               {},
               {}};
  for (const Result& r : table.results) {
    const measures::RocThresholds thresholds = measures::ThresholdsOf(r.predictions);
    csv.rows.push_back({std::to_string(r.seed), r.method.name, SelectedOn(r.method, table),
                        std::to_string(r.columns), FormatDouble(r.fitness),
                        FormatDouble(measures::Accuracy(thresholds)),
                        FormatDouble(measures::RocAuc(thresholds)), std::to_string(r.trained),
                        fmt::format("{:.3f}", r.seconds)});
  }
  return FormatCsv(csv);
}

void AddNumbers(const std::optional<measures::BootstrapReplicates>& found,
                std::vector<std::string>& cells) {
  if (!found) {
    cells.insert(cells.end(), {"", "", ""});
    return;
  }
  const measures::Interval interval = measures::PercentileInterval(*found);
  for (const double value : {found->estimate, interval.low, interval.high})
    cells.push_back(FormatDouble(value));
}

std::string CompareCsv(const Table& table, const std::vector<Row>& rows) {
  CsvTable csv{{"method", "selected_on", "columns", "seeds", "fitness"}, {}, {}};
  for (const std::string name : {"accuracy", "roc_auc", "accuracy_minus_all", "roc_auc_minus_all"})
    csv.columns.insert(csv.columns.end(), {name, name + "_low", name + "_high"});
  csv.columns.insert(csv.columns.end(), {"accuracy_sd", "trained", "seconds", "note"});
  for (const Row& row : rows) {
    std::vector<std::string> cells = {
        row.method().name, SelectedOn(row.method(), table), std::to_string(row.results[0]->columns),
        std::to_string(row.results.size()), FormatDouble(row.fitness)};
    AddNumbers(row.accuracy.mean, cells);
    AddNumbers(row.auc.mean, cells);
    AddNumbers(row.accuracy.minus_all, cells);
    AddNumbers(row.auc.minus_all, cells);
    cells.insert(cells.end(), {FormatDouble(row.accuracy_sd), std::to_string(row.trained),
                               fmt::format("{:.3f}", row.seconds),
                               Join({row.notes.begin(), row.notes.end()}, "; ")});
    csv.rows.push_back(std::move(cells));
  }
  return FormatCsv(csv);
}

document::Cell IntervalCell(const std::optional<measures::BootstrapReplicates>& found, double scale,
                            int digits, bool sign) {
  if (!found) return {"-"};
  const measures::Interval interval = measures::PercentileInterval(*found);
  return document::IntervalCell(found->estimate, interval.low, interval.high,
                                {scale, digits, digits, sign});
}

document::Table MarkdownTable(const std::vector<Row>& rows, bool on_test) {
  document::Table table{"",
                        {{"method"},
                         {"columns", true},
                         {"fitness", true},
                         {"accuracy %", true},
                         {"sd", true},
                         {"ROC-AUC", true},
                         {"accuracy - all", true},
                         {"ROC-AUC - all", true},
                         {"trained", true},
                         {"seconds", true}}};
  for (const Row& row : rows) {
    const bool marked = on_test && row.method().by_fitness;
    table.rows.push_back({{row.method().name + (marked ? " (selected on test)" : "")},
                          document::CountCell(row.results[0]->columns),
                          document::NumberCell(row.fitness, 4),
                          IntervalCell(row.accuracy.mean, 100, 2, false),
                          row.results.size() < 2 ? document::Cell{"-"}
                                                 : document::NumberCell(100 * row.accuracy_sd, 2),
                          IntervalCell(row.auc.mean, 1, 4, false),
                          IntervalCell(row.accuracy.minus_all, 100, 2, true),
                          IntervalCell(row.auc.minus_all, 1, 4, true),
                          document::CountCell(row.trained),
                          document::NumberCell(row.seconds, 1)});
  }
  return table;
}

std::string Markdown(const Table& table, const std::vector<Row>& rows) {
  const bool on_test = table.fitness_rows == "test";
  std::string text = document::AlignedTable(MarkdownTable(rows, on_test));
  text += fmt::format(
      "\nSeeds: {}; means over them; sd: standard deviation of the accuracy over them. Fitness: {} "
      "on {}. In brackets "
      "95 % "
      "intervals over {} test rows (paired bootstrap, heads as they are): they do not cover other "
      "training rows or "
      "seeds. trained: individuals; seconds: of choosing; both summed over the seeds.\n",
      rows[0].results.size(), table.fitness, table.fitness_rows,
      FormatCount(table.results[0].predictions.size()));
  if (on_test)
    text +=
        "\nselected on test: fitness saw the test rows, so what ga and random reach on them is no "
        "estimate for new "
        "photographs.\n";
  for (const Row& row : rows) {
    for (const std::string& note : row.notes)
      text += fmt::format("\n{}, {}.\n", row.method().name, document::EscapedName(note));
  }
  return text;
}

}  // namespace

TableTexts FormatTable(const Table& table) {
  const std::vector<Row> rows = RowsOf(table);
  return {PairsCsv(table), CompareCsv(table, rows), Markdown(table, rows)};
}

}  // namespace kallos::ga
