#include "lib/document/markdown.h"

#include <fmt/format.h>

#include "lib/core/text.h"
#include "lib/document/plain_table.h"

namespace kallos::document {
namespace {

// Longer than any run of back ticks inside.
std::string FenceFor(const std::string& text) {
  std::string fence = "```";
  while (text.find(fence) != std::string::npos) fence += '`';
  return fence;
}

std::string Markdown(const Table& table) {
  Cells cells = PlainCells(table);
  for (auto& row : cells) {
    for (std::string& cell : row) cell = MarkdownEscaped(cell);
  }
  return "**" + MarkdownEscaped(table.caption) + "**\n\n" + AlignedTable(cells);
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

}  // namespace kallos::document
