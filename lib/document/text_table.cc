#include "lib/document/text_table.h"

#include <fmt/format.h>

#include <algorithm>

namespace kallos::document {
namespace {

// Columns on a terminal, as fmt counts them when it pads: what it adds to reach a width tells.
size_t DisplayWidth(const std::string& text) {
  const size_t wide = 2 * text.size() + 1;
  return wide + text.size() - fmt::formatted_size("{:<{}}", text, wide);
}

}  // namespace

std::string AlignedTable(const Cells& rows) {
  std::vector<size_t> width(rows[0].size());
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) width[i] = std::max(width[i], DisplayWidth(row[i]));
  }
  std::string text;
  for (size_t r = 0; r < rows.size(); ++r) {
    for (size_t i = 0; i < width.size(); ++i)
      text += fmt::format("| {:<{}} ", rows[r][i], width[i]);
    text += "|\n";
    if (r > 0) continue;
    for (const size_t w : width) text += "|" + std::string(w + 2, '-');
    text += "|\n";
  }
  return text;
}

Cells Turned(const Cells& cells) {
  Cells turned(cells[0].size(), std::vector<std::string>(cells.size()));
  for (size_t i = 0; i < cells.size(); ++i) {
    for (size_t j = 0; j < turned.size(); ++j) turned[j][i] = cells[i][j];
  }
  return turned;
}

std::string EscapedCell(const std::string& name) {
  constexpr std::string_view kSpecial = "\\|<`*[$";
  std::string text;
  for (const char c : name) {
    if (kSpecial.find(c) != std::string_view::npos) text += '\\';
    text += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return text;
}

}  // namespace kallos::document
