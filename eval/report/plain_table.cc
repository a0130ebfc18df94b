#include "eval/report/plain_table.h"

namespace kallos::report {

bool IsTurned(const Table& table) {
  return table.columns.size() > kMostColumns && table.rows.size() < table.columns.size();
}

eval::Cells PlainCells(const Table& table) {
  eval::Cells cells(1);
  for (const Column& column : table.columns) cells[0].push_back(column.title);
  for (const auto& row : table.rows) {
    cells.emplace_back();
    for (const Cell& cell : row) {
      const char* space = cell.text.empty() || cell.detail.empty() ? "" : " ";
      cells.back().push_back(cell.text + space + cell.detail);
    }
  }
  return IsTurned(table) ? eval::Turned(cells) : cells;
}

}  // namespace kallos::report
