#include "lib/core/csv.h"

#include <algorithm>
#include <set>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"

namespace kallos {
namespace {

// Walks over the text and hands out one record at a time.
class CsvParser {
 public:
  CsvParser(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  bool AtEnd() const { return position_ >= text_.size(); }
  size_t line() const { return line_; }

  std::vector<std::string> Record() {
    std::vector<std::string> fields;
    do {
      fields.push_back(AtQuote() ? QuotedField() : PlainField());
    } while (Take(','));
    Take('\r');
    if (!AtEnd() && !Take('\n')) {
      throw InputError(
          "{}:{}: text after a closing quote; a quote inside a quoted field must be doubled", name_,
          line_);
    }
    ++line_;
    return fields;
  }

 private:
  bool AtQuote() const { return !AtEnd() && text_[position_] == '"'; }

  bool Take(char c) {
    if (AtEnd() || text_[position_] != c) return false;
    ++position_;
    return true;
  }

  std::string PlainField() {
    const size_t end = std::min(text_.find_first_of(",\n", position_), text_.size());
    std::string field(text_.substr(position_, end - position_));
    position_ = end;
    if (field.ends_with('\r')) field.pop_back();
    return field;
  }

  std::string QuotedField() {
    const size_t first_line = line_;
    std::string field;
    ++position_;
    for (;;) {
      if (AtEnd())
        throw InputError("{}:{}: the quote that opens here is never closed", name_, first_line);
      const char c = text_[position_++];
      if (c == '"' && !Take('"')) return field;
      if (c == '\n') ++line_;
      field += c;
    }
  }

  std::string_view text_;
  const std::string& name_;
  size_t position_ = 0;
  size_t line_ = 1;
};

void CheckHeader(const std::vector<std::string>& columns, const std::string& name) {
  std::set<std::string> seen;
  for (const std::string& column : columns) {
    if (column.empty()) throw InputError("{}:1: a column of the header has no name", name);
    if (!seen.insert(column).second)
      throw InputError("{}:1: column '{}' appears twice in the header", name, column);
  }
}

void CheckText(std::string_view text, const std::string& name) {
  const auto bad = [&](std::string_view part, size_t line) {
    if (part.find('\0') != std::string_view::npos)
      throw InputError("{}:{}: a NUL byte; this is no text file", name, line);
    if (!IsValidUtf8(part))
      throw InputError("{}:{}: not valid UTF-8; save the file as UTF-8", name, line);
  };
  size_t line = 1;
  for (const size_t size = text.size(); !text.empty(); ++line) {
    const size_t end = std::min(text.find('\n'), text.size() - 1);
    bad(text.substr(0, end + 1), line);
    text.remove_prefix(end + 1);
    KALLOS_CHECK(text.size() < size);
  }
}

}  // namespace

std::optional<size_t> CsvTable::Find(std::string_view column) const {
  const auto found = std::find(columns.begin(), columns.end(), column);
  if (found == columns.end()) return std::nullopt;
  return static_cast<size_t>(found - columns.begin());
}

CsvTable ParseCsv(std::string_view text, const std::string& name) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (Trim(text).empty()) throw InputError("{}: empty; expected CSV with a header row", name);
  CheckText(text, name);
  CsvParser parser(text, name);
  CsvTable table;
  table.columns = parser.Record();
  CheckHeader(table.columns, name);
  while (!parser.AtEnd()) {
    const size_t line = parser.line();
    std::vector<std::string> row = parser.Record();
    const bool blank = row.size() == 1 && row[0].empty();
    if (blank && table.columns.size() > 1) continue;
    if (row.size() != table.columns.size()) {
      throw InputError("{}:{}: {} fields, but the header has {}", name, line, row.size(),
                       table.columns.size());
    }
    table.rows.push_back(std::move(row));
    table.lines.push_back(line);
  }
  return table;
}

CsvTable ReadCsv(const std::filesystem::path& path) {
  return ParseCsv(ReadFile(path), PathText(path));
}

std::string CsvLine(const std::vector<std::string>& fields) {
  std::string line;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) line += ',';
    const bool quote = fields[i].find_first_of(",\"\r\n") != std::string::npos ||
                       (fields.size() == 1 && fields[i].empty());
    if (!quote) {
      line += fields[i];
      continue;
    }
    line += '"';
    for (const char c : fields[i]) line += c == '"' ? std::string("\"\"") : std::string(1, c);
    line += '"';
  }
  return line + "\n";
}

std::string FormatCsv(const CsvTable& table) {
  std::string text = CsvLine(table.columns);
  for (const auto& row : table.rows) text += CsvLine(row);
  return text;
}

void WriteCsv(const std::filesystem::path& path, const CsvTable& table) {
  PublishBytes(path, FormatCsv(table));
}

}  // namespace kallos
