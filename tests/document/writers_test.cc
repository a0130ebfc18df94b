// The three writers, on known answers and on names that would break a page.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "lib/document/chart_json.h"
#include "lib/document/html.h"
#include "lib/document/latex.h"
#include "lib/document/markdown.h"
#include "tests/document/example_document.h"

namespace kallos::document {
namespace {

using testing::HasSubstr;
using testing::Not;

int CountOf(const std::string& text, const std::string& part) {
  int count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

Document OnlyTable(Table table) {
  return {"T", "S", {{"Part", {std::move(table)}}}};
}

TEST(Html, TextIsText) {
  EXPECT_EQ(HtmlEscaped("<a href=\"x\">'&'\x01\n"),
            "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39; \n");
  const std::string page = FormatHtml(ExampleDocument());
  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(page, Not(HasSubstr("deleted <b>")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;"));
  EXPECT_THAT(page, HasSubstr("日本"));
  EXPECT_EQ(CountOf(page, "<script"), CountOf(page, "</script>"));
}

TEST(Html, NeedsNoNetwork) {
  const std::string page = FormatHtml(ExampleDocument());
  for (const char* outside :
       {"src=\"http", "href=\"http", "url(", "@import", "<link rel=\"stylesheet\""})
    EXPECT_THAT(page, Not(HasSubstr(outside)));
  EXPECT_EQ(page.find("Chart.js v") != std::string::npos, HasChartLibrary());
}

TEST(Html, CellsCarryWhatTheySortBy) {
  const std::string page = FormatHtml(
      OnlyTable({"c", {{"n"}, {"v", true}}, {{{"a"}, {"92.80", "[86.9, 96.2]", 92.8, 0.25}}}}));
  EXPECT_THAT(page, HasSubstr("<tr><th scope=\"row\">a</th><td class=\"number\" data-key=\"92.8\" "
                              "style=\"--shade:25%\">"
                              "92.80<small>[86.9, 96.2]</small></td></tr>"));
}

TEST(Html, SectionsHaveAnchors) {
  const std::string page = FormatHtml(ExampleDocument());
  EXPECT_THAT(page, HasSubstr("<a href=\"#first-part\">First part</a>"));
  EXPECT_THAT(page, HasSubstr("<section id=\"first-part\">"));
  EXPECT_EQ(CountOf(page, "<div class=\"charts\">"), 1);  // one grid for all that stand together
  EXPECT_EQ(CountOf(page, "<div class=\"tables\">"), 1);
  EXPECT_EQ(CountOf(page, "<div"), CountOf(page, "</div>"));
}

TEST(ChartJson, HoldsWhatIsDrawn) {
  Chart chart{"t", {"x", 0, {}, true}, {"y", {}, 1, false, {"a", "b"}}};
  chart.series = {{"s",
                   SeriesStyle::kDots,
                   3,
                   {{1, 2.00000049, 1.5, 2.5}, {1.0 / 3, 4}, {NAN, 1}, {1, INFINITY}}}};
  const auto json = nlohmann::json::parse(ChartJson(chart));
  EXPECT_EQ(json["series"][0]["points"].dump(), "[[1.0,2.0,1.5,2.5],[0.333333,4.0]]");
  EXPECT_EQ(json["series"][0]["look"], "dots");
  EXPECT_EQ(json["series"][0]["colour"], 3);
  EXPECT_EQ(json["x"]["low"], 0.0);
  EXPECT_FALSE(json["x"].contains("high"));
  EXPECT_EQ(json["y"]["names"], (std::vector<std::string>{"a", "b"}));
}

TEST(ChartJson, CannotEndItsElement) {
  Chart chart{"t", {"</script>"}, {"<!--"}};
  chart.series = {{"<script>"}};
  EXPECT_THAT(ChartJson(chart), Not(HasSubstr("<")));
  EXPECT_EQ(nlohmann::json::parse(ChartJson(chart))["x"]["title"], "</script>");
}

TEST(Markdown, TextIsText) {
  EXPECT_EQ(MarkdownEscaped("a_b*c|<x>\n`[1]\\"), "a\\_b\\*c\\|\\<x\\> \\`\\[1\\]\\\\");
  const std::string text = FormatMarkdown(ExampleDocument(), "report.html");
  EXPECT_THAT(text, HasSubstr("\\<script\\>alert(\"1\")\\</script\\>"));
  EXPECT_THAT(text, HasSubstr("\n````\n"));  // a fence that the listing's own cannot close
  EXPECT_THAT(text, HasSubstr("see report.html"));
}

TEST(Markdown, Tables) {
  const Table table{"c",
                    {{"name"}, {"v", true}},
                    {{{"a|b"}, {"92.80", "[86.9, 96.2]", 92.8}}, {{"c"}, {"-", "one class"}}}};
  EXPECT_EQ(FormatMarkdown(OnlyTable(table), "p"),
            "# T\n\nS\n\n## Part\n\n**c**\n\n"
            "| name | v                    |\n|------|----------------------|\n"
            "| a\\|b | 92.80 \\[86.9, 96.2\\] |\n| c    | - one class          |\n");
}

TEST(Markdown, WideTablesAreTransposed) {
  Table table{"c", {}, {{}}};
  for (int i = 0; i < 9; ++i) {
    table.columns.push_back({fmt::format("k{}", i), true});
    table.rows[0].push_back({fmt::format("v{}", i)});
  }
  EXPECT_THAT(FormatMarkdown(OnlyTable(table), "p"), HasSubstr("| k1 | v1 |\n| k2 | v2 |\n"));
}

TEST(Latex, TextIsText) {
  EXPECT_EQ(LatexEscaped("50% a_b & $x$ #1 {y} \\z ~ ^ <é>\n"),
            "50\\% a\\_b \\& \\$x\\$ \\#1 \\{y\\} \\textbackslash{}z \\textasciitilde{} "
            "\\textasciicircum{} "
            "\\textless{}é\\textgreater{} ");
  EXPECT_EQ(LatexEscaped("[1] [2]"), "{[}1] [2]");
}

TEST(Latex, IndentsAreCommandsAndWideTablesFit) {
  EXPECT_EQ(LatexEscaped("\u2003multigap"), "\\quad multigap");
  Table wide{"c", {}, std::vector(10, std::vector<Cell>(9, Cell{"v"}))};
  for (int i = 0; i < 9; ++i) wide.columns.push_back({"k"});
  const std::string text = FormatLatex(OnlyTable(wide));
  EXPECT_THAT(text, HasSubstr("\\resizebox{\\textwidth}{!}{\\begin{tabular}{lllllllll}"));
  EXPECT_THAT(text, HasSubstr("\\end{tabular}}\n\\end{table}"));
  EXPECT_THAT(text, HasSubstr("% Needs \\usepackage{booktabs} and \\usepackage{graphicx}."));
}

TEST(Latex, Tables) {
  const Table table{
      "A & B", {{"name"}, {"v %", true}}, {{{"a_b"}, {"92.80", "[86.9, 96.2]", 92.8}}}};
  EXPECT_THAT(
      FormatLatex(OnlyTable(table)),
      HasSubstr(
          "\\begin{table}[htbp]\n  \\centering\n  \\caption{A \\& B}\n  \\begin{tabular}{lr}\n  "
          "\\toprule\n"
          "  name & v \\% \\\\\n  \\midrule\n  a\\_b & 92.80 [86.9, 96.2] \\\\\n  \\bottomrule\n"
          "  \\end{tabular}\n\\end{table}\n"));
  EXPECT_EQ(CountOf(FormatLatex(ExampleDocument()), "\\begin{table}"), 3);
}

}  // namespace
}  // namespace kallos::document
