#include "lib/store/manifest.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "lib/core/csv.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"

namespace kallos::store {
namespace {

const std::array<std::string, 10> kColumns = {"id",        "path",  "label", "score",  "split",
                                              "benchmark", "group", "width", "height", "sha256"};

// One row of the file, with what is needed to complain about it.
class RowReader {
 public:
  RowReader(const CsvTable& table, size_t row, const std::string& file)
      : table_(table), row_(row), file_(file) {}

  std::string Text(const std::string& column) const {
    const std::optional<size_t> index = table_.Find(column);
    return index ? table_.rows[row_][*index] : "";
  }

  std::optional<double> Number(const std::string& column) const {
    const std::string text = Text(column);
    if (text.empty()) return std::nullopt;
    const std::optional<double> value = ParseDouble(text);
    if (!value || !std::isfinite(*value)) throw Complaint(column, "a finite number or empty", text);
    return value;
  }

  int64_t Size(const std::string& column) const {
    const std::string text = Text(column);
    const std::optional<int64_t> value = text.empty() ? 0 : ParseInt(text);
    if (!value || *value < 0) throw Complaint(column, "a whole number >= 0 or empty", text);
    return *value;
  }

  std::optional<int> Label() const {
    const std::string text = Text("label");
    if (text.empty()) return std::nullopt;
    if (text != "0" && text != "1") throw Complaint("label", "0 (bad), 1 (good) or empty", text);
    return text == "1" ? 1 : 0;
  }

  Error Complaint(const std::string& column, const std::string& expected,
                  const std::string& found) const {
    return InputError("{}:{}: column '{}': expected {}, found '{}'", file_, table_.lines[row_],
                      column, expected, found);
  }

 private:
  const CsvTable& table_;
  size_t row_;
  const std::string& file_;
};

void RequireColumn(const CsvTable& table, const std::string& column, const std::string& file) {
  if (table.Find(column)) return;
  throw InputError("{}: column '{}' is missing; found: {}{}", file, column,
                   Join(table.columns, ", "), DidYouMean(column, table.columns));
}

ManifestRow ReadRow(const RowReader& reader, const CsvTable& table, size_t row,
                    const std::vector<size_t>& extra) {
  ManifestRow out;
  out.id = reader.Text("id");
  if (out.id.empty()) throw reader.Complaint("id", "a name", "");
  out.path = reader.Text("path");
  out.label = reader.Label();
  out.score = reader.Number("score");
  out.split = reader.Text("split");
  out.benchmark = reader.Text("benchmark");
  out.group = reader.Text("group");
  out.width = reader.Size("width");
  out.height = reader.Size("height");
  out.sha256 = reader.Text("sha256");
  for (const size_t column : extra) out.extra.push_back(table.rows[row][column]);
  return out;
}

std::vector<std::string> Fields(const ManifestRow& row, const std::string& path) {
  const auto size = [](int64_t value) { return value == 0 ? "" : std::to_string(value); };
  std::vector<std::string> fields = {row.id,
                                     path,
                                     row.label ? std::to_string(*row.label) : "",
                                     row.score ? FormatDouble(*row.score) : "",
                                     row.split,
                                     row.benchmark,
                                     row.group,
                                     size(row.width),
                                     size(row.height),
                                     row.sha256};
  fields.insert(fields.end(), row.extra.begin(), row.extra.end());
  return fields;
}

// `path` from the folder `from` to the folder `to`.
std::string MovedPath(const ManifestRow& row, const fs::path& from, const fs::path& to) {
  if (row.path.empty() || from == to) return row.path;
  return (from / row.path).lexically_normal().lexically_relative(to).generic_string();
}

fs::path AbsoluteFolder(const fs::path& file) {
  return fs::absolute(file).lexically_normal().parent_path();
}

}  // namespace

Manifest ReadManifest(const std::filesystem::path& path, bool paths_required) {
  const std::string file = PathText(path);
  const CsvTable table = ReadCsv(path);
  RequireColumn(table, "id", file);
  if (paths_required) RequireColumn(table, "path", file);
  Manifest manifest;
  manifest.folder = AbsoluteFolder(path);
  std::vector<size_t> extra;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (std::find(kColumns.begin(), kColumns.end(), table.columns[i]) != kColumns.end()) continue;
    extra.push_back(i);
    manifest.extra_columns.push_back(table.columns[i]);
  }
  std::map<std::string, size_t> line_of;
  for (size_t row = 0; row < table.rows.size(); ++row) {
    const RowReader reader(table, row, file);
    manifest.rows.push_back(ReadRow(reader, table, row, extra));
    const auto [known, fresh] = line_of.emplace(manifest.rows.back().id, table.lines[row]);
    if (!fresh)
      throw InputError("{}:{}: id '{}' was already on line {}; ids must be unique", file,
                       table.lines[row], known->first, known->second);
    if (paths_required && manifest.rows.back().path.empty())
      throw reader.Complaint("path", "a file", "");
  }
  if (manifest.rows.empty()) throw InputError("{}: the manifest has no rows", file);
  return manifest;
}

std::string FormatManifest(const Manifest& manifest, const std::filesystem::path& path) {
  CsvTable table;
  table.columns.assign(kColumns.begin(), kColumns.end());
  table.columns.insert(table.columns.end(), manifest.extra_columns.begin(),
                       manifest.extra_columns.end());
  const fs::path from = fs::absolute(manifest.folder).lexically_normal();
  for (const ManifestRow& row : manifest.rows)
    table.rows.push_back(Fields(row, MovedPath(row, from, AbsoluteFolder(path))));
  return FormatCsv(table);
}

void WriteManifest(const std::filesystem::path& path, const Manifest& manifest) {
  PublishBytes(path, FormatManifest(manifest, path));
}

}  // namespace kallos::store
