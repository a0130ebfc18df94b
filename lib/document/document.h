// A document as data: sections of text, tables, charts and photographs. All tables that commands
// print or write are a Table; the writers (html.h, markdown.h, latex.h) know nothing of runs, and
// what measures knows nothing of the writers.
//
//   Table table{"caption", {{"model"}, {"accuracy %", true}}};
//   table.rows.push_back({{"A"}, IntervalCell(0.928, 0.869, 0.962, {100, 2, 1})});  // cells.h
//   AlignedTable(table);                                    // markdown.h: for a terminal, and
//   table.md FormatHtml({"title", "subtitle", {{"section", {table}}}});  // html.h: a page
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace kallos::document {

struct Cell {
  std::string text;
  std::string detail = {};  // in small print: an interval, or why there is no number
  // Of a number: what its column sorts by. Cells without one are names: they sort by their text,
  // after the numbers, and are escaped where a writer leaves numbers as they are.
  std::optional<double> key = {};
  std::optional<double> shade = {};  // 0 to 1, how dark its background is
};

struct Column {
  std::string title;
  bool is_number = false;  // set flush right
};

struct Table {
  std::string caption;
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows = {};  // each as long as `columns`
  bool small = false;                        // several stand side by side
};

// The cell where there is no small print: "92.80 [86.9, 96.2]".
std::string PlainText(const Cell& cell);
// Rows become columns: the first column is the header, and the titles are the first column.
Table Transposed(const Table& table);
inline constexpr size_t kMostColumns = 8;  // that a page has room for
// Transposed where it is wider than a page, and wider than long.
Table FittedToPage(const Table& table);

struct Point {
  double x = 0;
  double y = 0;
  std::optional<double> low = {}, high = {};  // of y; both or none
};

// How a series is drawn.
enum class SeriesStyle {
  kLine,    // low and high as a band
  kDashed,  // likewise
  kDots,    // joined dots, low and high as bars
  kCloud    // dots alone
};

struct Series {
  std::string name;  // "": not in the legend
  SeriesStyle style = SeriesStyle::kLine;
  std::optional<int> colour = {};  // number in the palette; grey without one
  std::vector<Point> points = {};
};

struct Axis {
  std::string title;
  std::optional<double> low = {}, high = {};  // by default those of the points
  bool logarithmic = false;
  // Of the values 0, 1, ... and what lies around them; empty for numbers.
  std::vector<std::string> names = {};
};

struct Chart {
  std::string title;
  Axis x, y;
  std::vector<Series> series = {};
  bool square = false;
  std::string note = {};  // below it
};

struct Photo {
  std::string jpeg;      // bytes; "" where there is no picture
  std::string why = {};  // there is none
  std::string name;
  std::string verdict;  // "good 97.3 %"
  std::string truth;    // "is good"
  bool right = false;
};

struct Sheet {
  std::string caption;
  std::vector<Photo> photos;
};

// A heading inside a section.
struct Heading {
  std::string text;
};
struct Paragraph {
  std::string text;
};
struct List {
  std::vector<std::string> items;
};
// Commands or settings, line by line; folded away below its caption until it is asked for.
struct Listing {
  std::string caption;
  std::string text;
};
// What something was made of, and that in turn.
struct Tree {
  std::string text;
  std::string detail = {};  // in small print: a hash
  std::vector<Tree> children = {};
};

using Block = std::variant<Heading, Paragraph, List, Listing, Tree, Table, Chart, Sheet>;

struct Section {
  std::string title;
  std::vector<Block> blocks = {};
};

struct Document {
  std::string title;
  std::string subtitle;
  std::vector<Section> sections;
};

// For std::visit: one lambda for each kind of block.
template <typename... Lambdas>
struct ForEach : Lambdas... {
  using Lambdas::operator()...;
};

}  // namespace kallos::document
