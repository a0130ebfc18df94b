#include "ga/convergence_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "lib/core/text.h"
#include "lib/document/svg.h"

namespace kallos::ga {
namespace {

constexpr double kWidth = 800;
constexpr double kLeft = 84, kRight = 770, kTop = 60, kBottom = 430;  // of the panel
constexpr double kLegend = 500, kLegendRow = 22;

struct Colour {
  const char* light;
  const char* dark;
};
constexpr Colour kColours[] = {
    {"#0b62c4", "#6cb2ff"}, {"#b3470b", "#ffa15c"}, {"#1a7f37", "#56d364"}, {"#8250df", "#c297ff"},
    {"#bf3989", "#ff80c8"}, {"#0f6f6a", "#4fd1c5"}, {"#7a6a00", "#dcc74a"}, {"#57606a", "#aab4be"}};
constexpr size_t kColourCount = std::size(kColours);

constexpr const char* kStyle =
    R"(polyline { fill: none; stroke: currentColor; stroke-linejoin: round; }
polyline.best-so-far { stroke-width: 2.5; }
polyline.best { stroke-width: 1; }
polyline.mean { stroke-width: 1.5; stroke-dasharray: 2 3; }
polygon.band { fill: currentColor; fill-opacity: 0.15; stroke: none; }
)";

std::string Style() {
  std::string light, dark;
  for (size_t i = 0; i < kColourCount; ++i) {
    light += fmt::format("g.course{} {{ color: {}; }}\n", i, kColours[i].light);
    dark += fmt::format("  g.course{} {{ color: {}; }}\n", i, kColours[i].dark);
  }
  return light + "@media (prefers-color-scheme: dark) {\n" + dark + "}\n" + kStyle;
}

using Value = std::function<double(const HistoryRow&)>;

const Value kBest = [](const HistoryRow& row) { return row.best; };
const Value kBestSoFar = [](const HistoryRow& row) { return row.best_so_far; };
const Value kMean = [](const HistoryRow& row) { return row.mean; };
const Value kLow = [](const HistoryRow& row) { return row.mean - row.sd; };
const Value kHigh = [](const HistoryRow& row) { return row.mean + row.sd; };

// All generations across, all finite fitnesses upwards.
document::SvgPanel PanelOf(std::span<const Course> courses) {
  int64_t last = 0;
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const Course& course : courses) {
    for (const HistoryRow& row : course.history) {
      last = std::max(last, row.generation);
      for (const Value& value : {kBest, kBestSoFar, kMean, kLow, kHigh}) {
        if (!std::isfinite(value(row))) continue;
        low = std::min(low, value(row));
        high = std::max(high, value(row));
      }
    }
  }
  if (low > high) low = high = 0;
  if (high - low < 1e-9) {
    low -= 0.01;
    high += 0.01;
  }
  return {kLeft, kRight, kTop, kBottom, 0, static_cast<double>(last), low, high};
}

std::string Grid(const document::SvgPanel& panel) {
  std::string out;
  const double step = document::TickStep(panel.y_high - panel.y_low);
  const int decimals = std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
  for (double k = std::ceil(panel.y_low / step); k * step <= panel.y_high; ++k)
    out += panel.Level(k * step, fmt::format("{:.{}f}", k * step, decimals));
  const auto last = static_cast<int64_t>(panel.x_high);
  const auto generations = std::max<int64_t>(
      1, std::llround(document::TickStep(static_cast<double>(std::max<int64_t>(last, 1)))));
  for (int64_t g = 0; g <= last; g += generations) out += panel.XLabel(g, FormatCount(g));
  return out;
}

std::string Points(const document::SvgPanel& panel, const std::vector<HistoryRow>& rows,
                   const Value& value) {
  std::string points;
  for (const HistoryRow& row : rows) {
    if (std::isfinite(value(row))) points += panel.Place(row.generation, value(row));
  }
  return points;
}

std::string Curve(const document::SvgPanel& panel, const char* kind,
                  const std::vector<HistoryRow>& rows, const Value& value) {
  return fmt::format("<polyline class=\"{}\" points=\"{}\"/>\n", kind, Points(panel, rows, value));
}

std::string Band(const document::SvgPanel& panel, std::vector<HistoryRow> rows) {
  const std::string above = Points(panel, rows, kHigh);
  std::ranges::reverse(rows);
  return fmt::format("<polygon class=\"band\" points=\"{}{}\"/>\n", above,
                     Points(panel, rows, kLow));
}

std::string Curves(const document::SvgPanel& panel, const Course& course) {
  return Band(panel, course.history) + Curve(panel, "mean", course.history, kMean) +
         Curve(panel, "best", course.history, kBest) +
         Curve(panel, "best-so-far", course.history, kBestSoFar);
}

std::string Sample(const char* kind, double x, double y) {
  return fmt::format("<polyline class=\"{}\" points=\"{:.1f},{:.1f} {:.1f},{:.1f}\"/>\n", kind, x,
                     y, x + 28, y);
}

std::string InColour(size_t course, const std::string& body) {
  return fmt::format("<g class=\"course{}\">\n{}</g>\n", course % kColourCount, body);
}

std::string Legend(std::span<const Course> courses) {
  std::string kinds;
  double x = kLeft;
  for (const auto& [kind, text, width] : {std::tuple{"best-so-far", "best so far", 140},
                                          {"best", "best of the generation", 220},
                                          {"mean", "mean +- sd", 0}}) {
    kinds += Sample(kind, x, kLegend - 5) + document::SvgText(x + 36, kLegend, "start", text);
    x += width;
  }
  std::string out = InColour(0, kinds);
  for (size_t i = 0; i < courses.size(); ++i) {
    const double y = kLegend + kLegendRow * (i + 1);
    out += InColour(i, Sample("best-so-far", kLeft, y - 5)) +
           document::SvgText(kLeft + 36, y, "start", courses[i].label);
  }
  return out;
}

}  // namespace

std::string ConvergenceSvg(std::span<const Course> courses, const std::string& title) {
  const document::SvgPanel panel = PanelOf(courses);
  std::string body = document::SvgText(kLeft, 36, "start", title, "title") + Grid(panel);
  for (size_t i = 0; i < courses.size(); ++i) body += InColour(i, Curves(panel, courses[i]));
  body += panel.YTitle("fitness") +
          document::SvgText((kLeft + kRight) / 2, kBottom + 42, "middle", "generation") +
          Legend(courses);
  return document::SvgDocument(kWidth, kLegend + kLegendRow * courses.size() + 20, title, Style(),
                               body);
}

}  // namespace kallos::ga
