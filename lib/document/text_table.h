// Tables for people: Markdown that lines up on a terminal too.
#pragma once

#include <string>
#include <vector>

namespace kallos::document {

// Rows of equal length; the first is the header.
using Cells = std::vector<std::vector<std::string>>;

// Columns as wide as their widest cell, as a terminal shows it.
std::string AlignedTable(const Cells& rows);
// Rows become columns.
Cells Turned(const Cells& cells);
// A name that Markdown shows as it is, and that cannot break the table.
std::string EscapedCell(const std::string& name);

}  // namespace kallos::document
