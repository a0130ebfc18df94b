#include "eval/report/number_table.h"

#include <cmath>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"

namespace kallos::report {

NumberTable::NumberTable(const fs::path& path, const std::vector<std::string>& columns)
    : name_(PathText(path)), table_(ReadCsv(path)) {
  for (const std::string& column : columns) {
    if (!table_.Find(column))
      throw InputError("{}: column '{}' is missing; found {}", name_, column,
                       Join(table_.columns, ", "));
  }
}

const std::string& NumberTable::Text(size_t row, const std::string& column) const {
  const std::optional<size_t> index = table_.Find(column);
  KALLOS_CHECK(index.has_value(), "{}: no column '{}'", name_, column);
  return table_.rows[row][*index];
}

std::optional<double> NumberTable::MaybeNumber(size_t row, const std::string& column) const {
  const std::string& text = Text(row, column);
  if (text.empty()) return std::nullopt;
  const std::optional<double> value = ParseDouble(text);
  if (!value || !std::isfinite(*value))
    throw InputError("{}:{}: column '{}': expected a finite number, found '{}'", name_,
                     table_.lines[row], column, text);
  return value;
}

double NumberTable::Number(size_t row, const std::string& column) const {
  const std::optional<double> value = MaybeNumber(row, column);
  if (!value)
    throw InputError("{}:{}: column '{}' is empty; expected a number", name_, table_.lines[row],
                     column);
  return *value;
}

int64_t NumberTable::Count(size_t row, const std::string& column) const {
  return static_cast<int64_t>(Number(row, column));
}

measures::Measure NumberTable::MeasureAt(size_t row, const std::string& name) const {
  const std::string prefix = name == "value" ? "" : name + "_";
  return {MaybeNumber(row, name), MaybeNumber(row, prefix + "low"),
          MaybeNumber(row, prefix + "high"), table_.Find("why") ? Text(row, "why") : ""};
}

}  // namespace kallos::report
