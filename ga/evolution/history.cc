#include "ga/evolution/history.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "lib/core/csv.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"

namespace kallos::ga {
namespace {

// The columns of a file, each with what it holds of a row.
template <typename Row>
struct Field {
  const char* name;
  std::function<double&(Row&)> real;
  std::function<int64_t&(Row&)> whole;  // instead of `real`
};

const std::vector<Field<HistoryRow>>& HistoryFields() {
  using R = HistoryRow;
  static const std::vector<Field<R>> fields = {
      {"generation", {}, [](R& r) -> int64_t& { return r.generation; }},
      {"best", [](R& r) -> double& { return r.best; }, {}},
      {"mean", [](R& r) -> double& { return r.mean; }, {}},
      {"sd", [](R& r) -> double& { return r.sd; }, {}},
      {"worst", [](R& r) -> double& { return r.worst; }, {}},
      {"best_so_far", [](R& r) -> double& { return r.best_so_far; }, {}},
      {"overlap", [](R& r) -> double& { return r.overlap; }, {}},
      {"distinct", {}, [](R& r) -> int64_t& { return r.distinct; }},
      {"trained", {}, [](R& r) -> int64_t& { return r.trained; }},
      {"looked", {}, [](R& r) -> int64_t& { return r.rung_trainings; }},
      {"keep", [](R& r) -> double& { return r.keep; }, {}},
      {"look_rank_correlation", [](R& r) -> double& { return r.rung_check.rank_correlation; }, {}},
      {"look_loss", [](R& r) -> double& { return r.rung_check.loss; }, {}}};
  return fields;
}

const std::vector<Field<TimingRow>>& TimingFields() {
  using R = TimingRow;
  static const std::vector<Field<R>> fields = {
      {"generation", {}, [](R& r) -> int64_t& { return r.generation; }},
      {"evaluating", [](R& r) -> double& { return r.evaluating; }, {}},
      {"breeding", [](R& r) -> double& { return r.breeding; }, {}}};
  return fields;
}

template <typename Row>
void WriteRows(const fs::path& file, std::vector<Row> rows, const std::vector<Field<Row>>& fields) {
  CsvTable table;
  for (const auto& field : fields) table.columns.push_back(field.name);
  for (Row& row : rows) {
    std::vector<std::string> line;
    for (const auto& field : fields)
      line.push_back(field.real ? FormatDouble(field.real(row)) : std::to_string(field.whole(row)));
    table.rows.push_back(std::move(line));
  }
  WriteCsv(file, table);
}

template <typename Row>
std::vector<Row> ReadRows(const fs::path& file, const std::vector<Field<Row>>& fields) {
  if (!fs::exists(file)) return {};
  const CsvTable table = ReadCsv(file);
  std::vector<Row> rows(table.rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    for (const auto& field : fields) {
      const std::optional<size_t> column = table.Find(field.name);
      const std::optional<double> value =
          column ? ParseDouble(table.rows[i][*column]) : std::nullopt;
      if (!value)
        throw InputError("{}:{}: expected a number in the column '{}'; --fresh starts over",
                         PathText(file), table.lines[i], field.name);
      if (field.real) field.real(rows[i]) = *value;
      if (field.whole) field.whole(rows[i]) = std::llround(*value);
    }
  }
  return rows;
}

// Mean over all ordered pairs of the N individuals of (columns that both have) / L
//   = sum over columns c of n[c] (n[c] - 1) / (N (N - 1) L), n[c] individuals having column c.
double Overlap(const std::vector<int64_t>& counts, double individuals, int64_t selected) {
  if (individuals < 2) return 1;
  double shared = 0;
  for (const int64_t count : counts) shared += static_cast<double>(count) * (count - 1);
  return shared / (individuals * (individuals - 1) * selected);
}

}  // namespace

HistoryRow Describe(const Population& population, const Space& space, const Evolution& evolution,
                    const std::vector<HistoryRow>& before) {
  HistoryRow row;
  row.generation = population.generation;
  std::vector<int64_t> counts(space.columns);
  std::vector<double> all;
  double individuals = 0;
  for (const Island& island : population.islands) {
    row.keep += evolution.Keep(island) / population.islands.size();
    for (const Individual& individual : island.members) {
      ++individuals;
      if (individual.is_final()) all.push_back(individual.fitness);
      for (const int32_t column : individual.genome) ++counts[column];
    }
  }
  const double n = all.size();
  for (const double fitness : all) row.mean += fitness / n;
  for (const double fitness : all)
    row.sd += (fitness - row.mean) * (fitness - row.mean) / std::max(1.0, n - 1);
  row.sd = std::sqrt(row.sd);
  row.best = std::ranges::max(all);
  row.worst = std::ranges::min(all);
  row.best_so_far = before.empty() ? row.best : std::max(row.best, before.back().best_so_far);
  row.overlap = Overlap(counts, individuals, space.selected);
  row.distinct = std::ranges::count_if(counts, [](int64_t count) { return count > 0; });
  return row;
}

std::string TextOf(const RungCheck& check) {
  const std::string correlation = std::isnan(check.rank_correlation)
                                      ? "none (all are equal)"
                                      : fmt::format("{:.2f}", check.rank_correlation);
  return fmt::format(
      "rank correlation {} with the whole training; the best survivor is {:.4f} below the "
      "best of all",
      correlation, check.loss);
}

int64_t StagnationOf(const std::vector<HistoryRow>& history) {
  int64_t generations = 0;
  for (size_t i = history.size(); i-- > 1 && history[i].best_so_far <= history[i - 1].best_so_far;)
    ++generations;
  return generations;
}

void WriteHistory(const fs::path& file, const std::vector<HistoryRow>& rows) {
  WriteRows(file, rows, HistoryFields());
}
void WriteTiming(const fs::path& file, const std::vector<TimingRow>& rows) {
  WriteRows(file, rows, TimingFields());
}
std::vector<HistoryRow> ReadHistory(const fs::path& file) {
  return ReadRows(file, HistoryFields());
}
std::vector<TimingRow> ReadTiming(const fs::path& file) {
  return ReadRows(file, TimingFields());
}

}  // namespace kallos::ga
