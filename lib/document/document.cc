#include "lib/document/document.h"

namespace kallos::document {

std::string PlainText(const Cell& cell) {
  const char* space = cell.text.empty() || cell.detail.empty() ? "" : " ";
  return cell.text + space + cell.detail;
}

Table Transposed(const Table& table) {
  Table transposed{table.caption, {{table.columns[0].title}}, {}, table.small};
  for (const auto& row : table.rows) transposed.columns.push_back({PlainText(row[0]), true});
  for (size_t i = 1; i < table.columns.size(); ++i) {
    transposed.rows.push_back({{table.columns[i].title}});
    for (const auto& row : table.rows) transposed.rows.back().push_back(row[i]);
  }
  return transposed;
}

Table FittedToPage(const Table& table) {
  const bool is_wide = table.columns.size() > kMostColumns;
  return is_wide && table.rows.size() < table.columns.size() ? Transposed(table) : table;
}

}  // namespace kallos::document
