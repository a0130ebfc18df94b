// CSV files whose columns are known by name.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lib/core/csv.h"
#include "lib/measures/classification.h"

namespace kallos::report {

class NumberTable {
 public:
  // Throws InputError naming the file and the first of `columns` that it lacks.
  NumberTable(const std::filesystem::path& path, const std::vector<std::string>& columns);

  size_t rows() const { return table_.rows.size(); }
  const std::string& Text(size_t row, const std::string& column) const;
  // Throw InputError naming file, line and column where there is no finite number;
  // nothing for an empty field.
  double Number(size_t row, const std::string& column) const;
  // The same as a whole number, cut towards 0.
  int64_t Count(size_t row, const std::string& column) const;
  std::optional<double> MaybeNumber(size_t row, const std::string& column) const;
  // The columns NAME, and its interval's NAME_low, NAME_high; with the name "value" those are
  // called low and high. `why` where the table has it.
  measures::Measure MeasureAt(size_t row, const std::string& name) const;

 private:
  std::string name_;
  CsvTable table_;
};

}  // namespace kallos::report
