// What all files of predictions have in common: a row for each photograph, with
// id, benchmark and group.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lib/core/csv.h"

namespace kallos::measures {

class PredictionTable {
 public:
  // Throws InputError naming file and line for a column of `required` that is missing (with what
  // was `expected`), an empty or repeated id, and a file without rows.
  PredictionTable(const std::filesystem::path& path, const std::vector<std::string>& required,
                  const std::string& expected);

  size_t size() const { return table_.rows.size(); }
  const std::vector<std::string>& columns() const { return table_.columns; }

  const std::string& Id(size_t row) const { return Cell(row, "id"); }
  std::string Benchmark(size_t row) const;  // "test" where none is given
  std::string Group(size_t row) const { return Find(row, "group"); }
  // "" where the column is not there.
  std::string Find(size_t row, const std::string& column) const;
  const std::string& Cell(size_t row, const std::string& column) const;
  // A number of a size that can be squared. Throws InputError naming file, line and column.
  double Number(size_t row, const std::string& column) const;
  std::string Place(size_t row) const;  // "p.csv:7"

 private:
  std::string file_;
  CsvTable table_;
};

}  // namespace kallos::measures
