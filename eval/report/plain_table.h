// Tables without small print, for formats that have none.
#pragma once

#include "eval/report/document.h"
#include "eval/text_table.h"

namespace kallos::report {

// The header and the rows; a detail follows its text: "92.80 [86.9, 96.2]". A table that is wider than a page, and
// wider than long, is turned: each row becomes a column.
eval::Cells PlainCells(const Table& table);

}  // namespace kallos::report
