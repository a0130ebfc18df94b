#include "lib/document/plain_table.h"

namespace kallos::document {

bool IsTurned(const Table& table) {
  return table.columns.size() > kMostColumns && table.rows.size() < table.columns.size();
}

Cells PlainCells(const Table& table) {
  Cells cells(1);
  for (const Column& column : table.columns) cells[0].push_back(column.title);
  for (const auto& row : table.rows) {
    cells.emplace_back();
    for (const Cell& cell : row) {
      const char* space = cell.text.empty() || cell.detail.empty() ? "" : " ";
      cells.back().push_back(cell.text + space + cell.detail);
    }
  }
  return IsTurned(table) ? Turned(cells) : cells;
}

}  // namespace kallos::document
