#include "lib/document/markdown.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "lib/core/text.h"

namespace kallos::document {
namespace {

using TextRows = std::vector<std::vector<std::string>>;  // the first is the header

// Columns on a terminal, as fmt counts them when it pads: what it adds to reach a width tells.
size_t DisplayWidth(const std::string& text) {
  const size_t wide = 2 * text.size() + 1;
  return wide + text.size() - fmt::formatted_size("{:<{}}", text, wide);
}

std::string Aligned(const TextRows& rows) {
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

TextRows TextRowsOf(const Table& table, const std::function<std::string(const Cell&)>& text_of) {
  TextRows rows(1);
  for (const Column& column : table.columns) rows[0].push_back(text_of({column.title}));
  for (const auto& row : table.rows) {
    rows.emplace_back();
    for (const Cell& cell : row) rows.back().push_back(text_of(cell));
  }
  return rows;
}

// Longer than any run of back ticks inside.
std::string FenceFor(const std::string& text) {
  std::string fence = "```";
  while (text.find(fence) != std::string::npos) fence += '`';
  return fence;
}

std::string Markdown(const Table& table) {
  const auto text_of = [](const Cell& cell) { return MarkdownEscaped(PlainText(cell)); };
  return "**" + MarkdownEscaped(table.caption) + "**\n\n" +
         Aligned(TextRowsOf(FittedToPage(table), text_of));
}

std::string Markdown(const Listing& listing) {
  const std::string fence = FenceFor(listing.text);
  return MarkdownEscaped(listing.caption) + ":\n\n" + fence + "\n" + listing.text +
         (listing.text.ends_with('\n') ? "" : "\n") + fence + "\n";
}

std::string Markdown(const Tree& tree, size_t depth = 0) {
  std::string text = std::string(2 * depth, ' ') + "- " + MarkdownEscaped(tree.text);
  if (!tree.detail.empty()) text += " (" + MarkdownEscaped(tree.detail) + ")";
  text += "\n";
  for (const Tree& child : tree.children) text += Markdown(child, depth + 1);
  return text;
}

std::string Markdown(const List& list) {
  std::string text;
  for (const std::string& item : list.items) text += "- " + MarkdownEscaped(item) + "\n";
  return text;
}

std::string Markdown(const Block& block, const std::string& page) {
  const auto seen_in = [&](const char* what, const std::string& title) {
    return fmt::format("*{}: {}; see {}.*\n", what, MarkdownEscaped(title), MarkdownEscaped(page));
  };
  return std::visit(
      ForEach{[](const Heading& heading) { return "### " + MarkdownEscaped(heading.text) + "\n"; },
              [](const Paragraph& paragraph) { return MarkdownEscaped(paragraph.text) + "\n"; },
              [&](const Chart& chart) { return seen_in("Chart", chart.title); },
              [&](const Sheet& sheet) { return seen_in("Photographs", sheet.caption); },
              [](const auto& other) { return Markdown(other); }},
      block);
}

}  // namespace

std::string FormatMarkdown(const Document& document, const std::string& page) {
  std::string text =
      "# " + MarkdownEscaped(document.title) + "\n\n" + MarkdownEscaped(document.subtitle) + "\n";
  for (const Section& section : document.sections) {
    text += "\n## " + MarkdownEscaped(section.title) + "\n";
    for (const Block& block : section.blocks) text += "\n" + Markdown(block, page);
  }
  return text;
}

std::string MarkdownEscaped(const std::string& text) {
  constexpr std::string_view kSpecial = "\\`*_[]<>|#~&";
  std::string out;
  for (const char c : text) {
    if (kSpecial.find(c) != std::string_view::npos) out += '\\';
    out += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return out;
}

std::string AlignedTable(const Table& table) {
  return Aligned(TextRowsOf(table, [](const Cell& cell) {
    return cell.key ? PlainText(cell) : EscapedName(PlainText(cell));
  }));
}

std::string EscapedName(const std::string& name) {
  constexpr std::string_view kSpecial = "\\|<`*[$";
  std::string text;
  for (const char c : name) {
    if (kSpecial.find(c) != std::string_view::npos) text += '\\';
    text += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return text;
}

}  // namespace kallos::document
