#include "ga/evaluations.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include "lib/core/csv.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"

namespace kallos::ga {
namespace {

constexpr std::chrono::seconds kInterval(2);

template <typename T>
T Number(const std::optional<T>& value, const std::string& file, size_t line) {
  if (!value) throw InputError("{}:{}: expected key, generation, position, fitness; --fresh starts over", file, line);
  return *value;
}

}  // namespace

Evaluations::Evaluations(const fs::path& file) : file_(file), saved_(std::chrono::steady_clock::now()) {
  if (!fs::exists(file)) return;
  const std::string name = PathText(file);
  const CsvTable table = ReadCsv(file);
  for (size_t i = 0; i < table.rows.size(); ++i) {
    const auto& row = table.rows[i];
    const auto field = [&](size_t column) { return column < row.size() ? row[column] : std::string(); };
    by_key_[field(0)] = {Number(ParseInt(field(1)), name, table.lines[i]),
                         Number(ParseInt(field(2)), name, table.lines[i]),
                         Number(ParseDouble(field(3)), name, table.lines[i])};
  }
}

const Evaluation* Evaluations::Find(const std::string& key) const {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : &found->second;
}

void Evaluations::Add(const std::string& key, const Evaluation& evaluation) {
  by_key_[key] = evaluation;
  if (std::chrono::steady_clock::now() - saved_ >= kInterval) Save();
}

void Evaluations::Save() {
  using Row = std::tuple<int64_t, int64_t, std::string, double>;
  std::vector<Row> rows;
  for (const auto& [key, e] : by_key_) rows.emplace_back(e.generation, e.position, key, e.fitness);
  std::ranges::sort(rows);
  CsvTable table{{"individual", "generation", "position", "fitness"}, {}, {}};
  for (const auto& [generation, position, key, fitness] : rows)
    table.rows.push_back({key, std::to_string(generation), std::to_string(position), FormatDouble(fitness)});
  WriteCsv(file_, table);
  saved_ = std::chrono::steady_clock::now();
}

}  // namespace kallos::ga
