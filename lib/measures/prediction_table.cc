#include "lib/measures/prediction_table.h"

#include <cmath>
#include <map>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"

namespace kallos::measures {
namespace {

constexpr double kLargest = 1e100;

}  // namespace

PredictionTable::PredictionTable(const fs::path& path, const std::vector<std::string>& required,
                                 const std::string& expected)
    : file_(PathText(path)), table_(ReadCsv(path)) {
  for (const std::string& column : required) {
    if (!table_.Find(column))
      throw InputError("{}: column '{}' is missing; expected {}, found {}", file_, column, expected,
                       Join(table_.columns, ","));
  }
  if (table_.rows.empty()) throw InputError("{}: has no rows, so there is nothing to judge", file_);
  std::map<std::string, size_t> first;
  for (size_t row = 0; row < size(); ++row) {
    if (Id(row).empty()) throw InputError("{}: the id is empty", Place(row));
    const auto [found, is_new] = first.emplace(Id(row), table_.lines[row]);
    if (!is_new)
      throw InputError("{}: id '{}' stands on line {} already", Place(row), Id(row), found->second);
  }
}

std::string PredictionTable::Benchmark(size_t row) const {
  const std::string benchmark = Find(row, "benchmark");
  return benchmark.empty() ? "test" : benchmark;
}

std::string PredictionTable::Find(size_t row, const std::string& column) const {
  const std::optional<size_t> index = table_.Find(column);
  return index ? table_.rows[row][*index] : "";
}

const std::string& PredictionTable::Cell(size_t row, const std::string& column) const {
  return table_.rows[row][table_.Find(column).value()];
}

double PredictionTable::Number(size_t row, const std::string& column) const {
  const std::optional<double> value = ParseDouble(Cell(row, column));
  if (!value || !(std::abs(*value) <= kLargest))
    throw InputError("{}: {} '{}' is not a number of a size that can be squared", Place(row),
                     column, Cell(row, column));
  return *value;
}

std::string PredictionTable::Place(size_t row) const {
  return fmt::format("{}:{}", file_, table_.lines[row]);
}

}  // namespace kallos::measures
