#include "lib/document/html.h"

#include <fmt/format.h>

#include "lib/core/base64.h"
#include "lib/core/text.h"
#include "lib/document/assets.h"
#include "lib/document/chart_json.h"

namespace kallos::document {
namespace {

// "Curves and calibration" -> "curves-and-calibration".
std::string AnchorOf(const std::string& title) {
  std::string anchor;
  for (const char c : ToLower(title)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (plain) anchor += c;
    if (!plain && !anchor.empty() && anchor.back() != '-') anchor += '-';
  }
  return anchor;
}

std::string CellHtml(const Cell& cell, const Column& column, bool first) {
  std::string attributes;
  if (column.is_number) attributes += " class=\"number\"";
  if (cell.key) attributes += fmt::format(" data-key=\"{}\"", FormatDouble(*cell.key));
  if (cell.shade) attributes += fmt::format(" style=\"--shade:{:.0f}%\"", 100 * *cell.shade);
  const std::string detail =
      cell.detail.empty() ? "" : "<small>" + HtmlEscaped(cell.detail) + "</small>";
  const char* tag = first && !column.is_number ? "th scope=\"row\"" : "td";
  return fmt::format("<{}{}>{}{}</{:.2}>", tag, attributes, HtmlEscaped(cell.text), detail, tag);
}

std::string Html(const Table& table) {
  std::string head, body;
  for (const Column& column : table.columns) {
    head += fmt::format("<th scope=\"col\"{}>{}</th>", column.is_number ? " class=\"number\"" : "",
                        HtmlEscaped(column.title));
  }
  for (const auto& row : table.rows) {
    body += "<tr>";
    for (size_t i = 0; i < row.size(); ++i) body += CellHtml(row[i], table.columns[i], i == 0);
    body += "</tr>\n";
  }
  return fmt::format(
      "<figure class=\"table\"><figcaption>{0}</figcaption><div class=\"scroll\" tabindex=\"0\" "
      "role=\"region\" "
      "aria-label=\"{0}\"><table{1}>\n<thead><tr>{2}</tr></thead>\n<tbody>\n{3}</tbody></table></"
      "div></figure>\n",
      HtmlEscaped(table.caption), table.small ? "" : " class=\"sortable\"", head, body);
}

std::string Html(const Chart& chart) {
  const std::string note = chart.note.empty() ? "" : "<p>" + HtmlEscaped(chart.note) + "</p>";
  return fmt::format(
      "<figure class=\"chart{}\"><figcaption>{}{}</figcaption><div class=\"canvas\"><canvas "
      "role=\"img\" "
      "aria-label=\"{}: {} over {}\"></canvas></div><script "
      "type=\"application/json\">{}</script></figure>\n",
      chart.square ? " square" : "", HtmlEscaped(chart.title), note, HtmlEscaped(chart.title),
      HtmlEscaped(chart.y.title), HtmlEscaped(chart.x.title), ChartJson(chart));
}

std::string Html(const Photo& photo) {
  const std::string name = HtmlEscaped(photo.name);
  const std::string picture =
      photo.jpeg.empty()
          ? "<div class=\"missing\">" + HtmlEscaped(photo.why) + "</div>"
          : fmt::format("<img loading=\"lazy\" alt=\"{}\" src=\"data:image/jpeg;base64,{}\">", name,
                        Base64(photo.jpeg));
  return fmt::format(
      "<figure class=\"{}\">{}<figcaption><b>{}</b> {}<small>{}</small></figcaption></figure>\n",
      photo.right ? "right" : "wrong", picture, HtmlEscaped(photo.verdict),
      HtmlEscaped(photo.truth), name);
}

std::string Html(const Sheet& sheet) {
  std::string photos;
  for (const Photo& photo : sheet.photos) photos += Html(photo);
  return "<h4>" + HtmlEscaped(sheet.caption) + "</h4>\n<div class=\"sheet\">\n" + photos +
         "</div>\n";
}

std::string Html(const Tree& tree) {
  std::string text = HtmlEscaped(tree.text);
  if (!tree.detail.empty()) text += " <small>" + HtmlEscaped(tree.detail) + "</small>";
  if (tree.children.empty()) return text;
  text += "\n<ul>\n";
  for (const Tree& child : tree.children) text += "<li>" + Html(child) + "</li>\n";
  return text + "</ul>\n";
}

std::string Html(const List& list) {
  std::string text = "<ul>\n";
  for (const std::string& item : list.items) text += "<li>" + HtmlEscaped(item) + "</li>\n";
  return text + "</ul>\n";
}

std::string Html(const Block& block) {
  return std::visit(
      ForEach{
          [](const Heading& heading) { return "<h3>" + HtmlEscaped(heading.text) + "</h3>\n"; },
          [](const Paragraph& paragraph) { return "<p>" + HtmlEscaped(paragraph.text) + "</p>\n"; },
          [](const Listing& listing) {
            return fmt::format("<details><summary>{}</summary><pre>{}</pre></details>\n",
                               HtmlEscaped(listing.caption), HtmlEscaped(listing.text));
          },
          [](const Tree& tree) { return "<div class=\"tree\">" + Html(tree) + "</div>\n"; },
          [](const auto& other) { return Html(other); }},
      block);
}

// Blocks of one such kind stand side by side.
const char* GridOf(const Block& block) {
  if (std::holds_alternative<Chart>(block)) return "charts";
  const auto* table = std::get_if<Table>(&block);
  return table != nullptr && table->small ? "tables" : "";
}

std::string Html(const Section& section) {
  std::string text = fmt::format("<section id=\"{}\">\n<h2>{}</h2>\n", AnchorOf(section.title),
                                 HtmlEscaped(section.title));
  std::string_view open;
  for (const Block& block : section.blocks) {
    const std::string_view grid = GridOf(block);
    if (grid != open && !open.empty()) text += "</div>\n";
    if (grid != open && !grid.empty()) text += fmt::format("<div class=\"{}\">\n", grid);
    open = grid;
    text += Html(block);
  }
  return text + (open.empty() ? "" : "</div>\n") + "</section>\n";
}

}  // namespace

std::string FormatHtml(const Document& document) {
  std::string links, sections;
  for (const Section& section : document.sections) {
    links += fmt::format("<a href=\"#{}\">{}</a>\n", AnchorOf(section.title),
                         HtmlEscaped(section.title));
    sections += Html(section);
  }
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<link "
      "rel=\"icon\" href=\"data:,\">\n"
      "<title>{0}</title>\n<style>\n{1}</style>\n<script>\n{2}</script>\n</head>\n<body>\n"
      "<header><div><h1>{0}</h1><p>{3}</p></div><button id=\"theme\" "
      "type=\"button\">Dark</button></header>\n"
      "<div class=\"page\"><nav aria-label=\"Sections\">\n{4}</nav>\n<main>\n"
      "<noscript><p>Charts and sorting need JavaScript.</p></noscript>\n{5}</main></div>\n"
      "<script>\n{6}</script>\n</body>\n</html>\n",
      HtmlEscaped(document.title), kPageCss, kPageJs, HtmlEscaped(document.subtitle), links,
      sections, kChartLibrary);
}

std::string HtmlEscaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += static_cast<unsigned char>(c) < ' ' && c != '\n' ? ' ' : c;
    }
  }
  return out;
}

bool HasChartLibrary() {
  return !kChartLibrary.empty();
}

}  // namespace kallos::document
