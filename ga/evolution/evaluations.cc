#include "ga/evolution/evaluations.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <vector>

#include "lib/core/csv.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"

namespace kallos::ga {
namespace {

constexpr std::chrono::seconds kInterval(2);
const std::vector<std::string> kColumns = {"individual", "generation", "shortened", "position",
                                           "fitness"};

template <typename T>
T Number(const std::optional<T>& value, const std::string& file, size_t line) {
  if (!value)
    throw InputError(
        "{}:{}: expected individual, generation, shortened, position, fitness; --fresh starts over",
        file, line);
  return *value;
}

}  // namespace

Evaluations::Evaluations(const fs::path& file)
    : file_(file), saved_(std::chrono::steady_clock::now()) {
  if (!fs::exists(file)) return;
  const std::string name = PathText(file);
  const CsvTable table = ReadCsv(file);
  if (table.columns != kColumns)
    throw InputError("{}: expected the columns {}, found {}; --fresh starts over", name,
                     Join(kColumns, ","), Join(table.columns, ","));
  for (size_t i = 0; i < table.rows.size(); ++i) {
    const auto& row = table.rows[i];
    const auto field = [&](size_t column) {
      return column < row.size() ? row[column] : std::string();
    };
    std::optional<double> fitness = ParseDouble(field(4));
    if (fitness && !std::isfinite(*fitness)) fitness.reset();
    std::optional<int64_t> divisor = ParseInt(field(2));
    if (divisor && *divisor < 1) divisor.reset();
    all_[{field(0), Number(divisor, name, table.lines[i])}] = {
        Number(ParseInt(field(1)), name, table.lines[i]),
        Number(ParseInt(field(3)), name, table.lines[i]), Number(fitness, name, table.lines[i])};
  }
}

const Evaluation* Evaluations::Find(const Training& training) const {
  const auto found = all_.find(training);
  return found == all_.end() ? nullptr : &found->second;
}

template <typename Counts>
double Evaluations::CostWhere(const Counts& counts) const {
  // cost = sum over divisors d of numbers[d] / d: counted first, so that the order of the trainings
  // cannot change the last bit.
  std::map<int64_t, int64_t> numbers;
  for (const auto& [training, e] : all_) numbers[training.divisor] += counts(e) ? 1 : 0;
  double cost = 0;
  for (const auto& [divisor, number] : numbers) cost += static_cast<double>(number) / divisor;
  return cost;
}

double Evaluations::Cost() const {
  return CostWhere([](const Evaluation&) { return true; });
}

double Evaluations::CostOf(int64_t generation) const {
  return CostWhere([&](const Evaluation& e) { return e.generation == generation; });
}

void Evaluations::Add(const Training& training, const Evaluation& evaluation) {
  all_[training] = evaluation;
  if (std::chrono::steady_clock::now() - saved_ >= kInterval) Save();
}

void Evaluations::Save() {
  using Row = std::tuple<int64_t, int64_t, int64_t, std::string, double>;
  std::vector<Row> rows;
  for (const auto& [training, e] : all_)
    rows.emplace_back(e.generation, -training.divisor, e.position, training.key, e.fitness);
  std::ranges::sort(rows);
  CsvTable table{kColumns, {}, {}};
  for (const auto& [generation, divisor, position, key, fitness] : rows) {
    table.rows.push_back({key, std::to_string(generation), std::to_string(-divisor),
                          std::to_string(position), FormatDouble(fitness)});
  }
  WriteCsv(file_, table);
  saved_ = std::chrono::steady_clock::now();
}

}  // namespace kallos::ga
