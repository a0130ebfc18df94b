#include "ga/convergence_plot.h"

#include <gmock/gmock.h>

#include <limits>

namespace kallos::ga {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

// best 0.5, 0.6, 0.7; mean 0.4, 0.5, 0.6; sd 0.1
std::vector<HistoryRow> Rising() {
  std::vector<HistoryRow> rows(3);
  for (size_t g = 0; g < 3; ++g) {
    const auto x = static_cast<double>(g) / 10;
    rows[g] = {static_cast<int64_t>(g), 0.5 + x, 0.4 + x, 0.1, 0.2, 0.5 + x};
  }
  return rows;
}

size_t Count(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(ConvergencePlot, PointsLieWhereTheValuesAre) {
  const std::vector<Course> courses = {{"one", Rising()}};
  const std::string svg = ConvergenceSvg(courses, "A <title>");
  // The axis goes from 0.3 (below) to 0.7, the generations from 84 to 770.
  EXPECT_THAT(
      svg,
      HasSubstr("<polyline class=\"best-so-far\" points=\"84.0,245.0 427.0,152.5 770.0,60.0 \"/>"));
  EXPECT_THAT(
      svg, HasSubstr("<polyline class=\"mean\" points=\"84.0,337.5 427.0,245.0 770.0,152.5 \"/>"));
  EXPECT_THAT(svg, HasSubstr("<polygon class=\"band\" points=\"84.0,245.0 427.0,152.5 770.0,60.0 "
                             "770.0,245.0 427.0,337.5 84.0,430.0 \"/>"));
  EXPECT_THAT(svg, HasSubstr("A &lt;title&gt;"));
  EXPECT_THAT(svg, HasSubstr(">0.4<"));
  EXPECT_THAT(svg, HasSubstr("prefers-color-scheme: dark"));
}

TEST(ConvergencePlot, EachCourseHasItsColourAndLabel) {
  std::vector<Course> courses;
  for (int i = 0; i < 9; ++i) courses.push_back({"run" + std::to_string(i), Rising()});
  const std::string svg = ConvergenceSvg(courses, "x");
  EXPECT_EQ(Count(svg, "<polygon class=\"band\""), 9u);
  EXPECT_EQ(Count(svg, "<g class=\"course1\">"), 2u);  // curves and legend
  EXPECT_THAT(svg, HasSubstr(">run8<"));
  EXPECT_THAT(svg, ContainsRegex("g.course7 . color: #57606a"));
}

TEST(ConvergencePlot, OneGenerationOneValueAndWhatIsNotFinite) {
  std::vector<HistoryRow> rows = {{0, 0.5, 0.5, 0, 0.5, 0.5}};
  EXPECT_THAT(ConvergenceSvg(std::vector<Course>{{"one", rows}}, "x"),
              HasSubstr("points=\"427.0,245.0 \""));
  rows.push_back({1, 0.6, -std::numeric_limits<double>::infinity(),
                  std::numeric_limits<double>::quiet_NaN(), 0, 0.6});
  const std::string svg = ConvergenceSvg(std::vector<Course>{{"one", rows}}, "x");
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("inf")));
  EXPECT_THAT(svg, HasSubstr("770.0,60.0"));
}

}  // namespace
}  // namespace kallos::ga
