// CSV as RFC 4180 has it, with a header row, UTF-8.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kallos {

struct CsvTable {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  // each as long as `columns`
  std::vector<size_t> lines;  // the line of the file that each row starts on, from 1

  // The index of a column, or nothing.
  std::optional<size_t> Find(std::string_view column) const;
};

// Throws InputError naming file and line: an unclosed quote, a row of another length than the
// header, a duplicate column, no header, invalid UTF-8 or a NUL byte. A byte order mark and CRLF
// are accepted. `name` is the file's name for messages.
CsvTable ParseCsv(std::string_view text, const std::string& name);
CsvTable ReadCsv(const std::filesystem::path& path);

// Quotes where needed; rows end in LF.
std::string CsvLine(const std::vector<std::string>& fields);
std::string FormatCsv(const CsvTable& table);
void WriteCsv(const std::filesystem::path& path, const CsvTable& table);  // published atomically

}  // namespace kallos
