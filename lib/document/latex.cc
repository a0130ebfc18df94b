#include "lib/document/latex.h"

#include <fmt/format.h>

#include "lib/core/text.h"

namespace kallos::document {
namespace {

constexpr std::string_view kEmSpace = "\u2003";  // an indent

std::string Row(const std::vector<Cell>& cells) {
  std::vector<std::string> escaped;
  for (const Cell& cell : cells) escaped.push_back(LatexEscaped(PlainText(cell)));
  return "  " + Join(escaped, " & ") + " \\\\\n";
}

// Numbers flush right, texts flush left: "lrr".
std::string Alignment(const Table& table) {
  std::string letters;
  for (const Column& column : table.columns) letters += column.is_number ? 'r' : 'l';
  return letters;
}

std::string Latex(const Table& given) {
  const Table table = FittedToPage(given);
  std::vector<Cell> titles;
  for (const Column& column : table.columns) titles.push_back({column.title});
  std::string body;
  for (const auto& row : table.rows) body += Row(row);
  const bool wide = table.columns.size() > kMostColumns;
  return fmt::format(
      "\\begin{{table}}[htbp]\n  \\centering\n  \\caption{{{}}}\n  {}\\begin{{tabular}}{{{}}}\n  "
      "\\toprule\n{}  "
      "\\midrule\n{}  \\bottomrule\n  \\end{{tabular}}{}\n\\end{{table}}\n",
      LatexEscaped(table.caption), wide ? "\\resizebox{\\textwidth}{!}{" : "", Alignment(table),
      Row(titles), body, wide ? "}" : "");
}

}  // namespace

std::string FormatLatex(const Document& document) {
  std::string text = "% " + LatexEscaped(document.title) +
                     "\n% Needs \\usepackage{booktabs} and \\usepackage{graphicx}.\n";
  for (const Section& section : document.sections) {
    for (const Block& block : section.blocks) {
      if (const auto* table = std::get_if<Table>(&block)) text += "\n" + Latex(*table);
    }
  }
  return text;
}

std::string LatexEscaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\\':
        out += "\\textbackslash{}";
        break;
      case '~':
        out += "\\textasciitilde{}";
        break;
      case '^':
        out += "\\textasciicircum{}";
        break;
      case '<':
        out += "\\textless{}";
        break;
      case '>':
        out += "\\textgreater{}";
        break;
      case '|':
        out += "\\textbar{}";
        break;
      case '[':
        out += out.empty() ? "{[}" : "[";
        break;  // first in a row it would be an argument of the line's end
      case '{':
      case '}':
      case '$':
      case '&':
      case '#':
      case '_':
      case '%':
        out += '\\';
        out += c;
        break;
      default:
        out += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
  }
  for (size_t at = 0; (at = out.find(kEmSpace)) != std::string::npos;)
    out.replace(at, kEmSpace.size(), "\\quad ");
  return out;
}

}  // namespace kallos::document
