// Tables without small print, for formats that have none.
#pragma once

#include "lib/document/document.h"
#include "lib/document/text_table.h"

namespace kallos::document {

inline constexpr size_t kMostColumns = 8;  // that a page has room for

// Wider than a page, and wider than long: such a table is turned, so that each row becomes a
// column.
bool IsTurned(const Table& table);

// The header and the rows, turned where they are; a detail follows its text: "92.80 [86.9, 96.2]".
Cells PlainCells(const Table& table);

}  // namespace kallos::document
