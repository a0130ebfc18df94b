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

class Panel {
 public:
  explicit Panel(std::span<const Course> courses) {
    for (const Course& course : courses) {
      for (const HistoryRow& row : course.history) {
        last_ = std::max(last_, row.generation);
        for (const Value& value : {kBest, kBestSoFar, kMean, kLow, kHigh}) Include(value(row));
      }
    }
    if (low_ > high_) low_ = high_ = 0;
    if (high_ - low_ < 1e-9) {
      low_ -= 0.01;
      high_ += 0.01;
    }
  }

  std::string Grid() const {
    std::string out;
    const double step = document::TickStep(high_ - low_);
    const int decimals = std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
    for (double k = std::ceil(low_ / step); k * step <= high_; ++k) {
      out += document::SvgLine(kLeft, Y(k * step), kRight, Y(k * step), "grid") +
             document::SvgText(kLeft - 8, Y(k * step) + 5, "end",
                               fmt::format("{:.{}f}", k * step, decimals));
    }
    const auto generations = std::max<int64_t>(
        1, std::llround(document::TickStep(static_cast<double>(std::max<int64_t>(last_, 1)))));
    for (int64_t g = 0; g <= last_; g += generations)
      out += document::SvgText(X(g), kBottom + 20, "middle", FormatCount(g));
    return out;
  }

  std::string Curves(const Course& course) const {
    return Band(course.history) + Curve("mean", course.history, kMean) +
           Curve("best", course.history, kBest) + Curve("best-so-far", course.history, kBestSoFar);
  }

 private:
  void Include(double value) {
    if (!std::isfinite(value)) return;
    low_ = std::min(low_, value);
    high_ = std::max(high_, value);
  }
  double X(int64_t generation) const {
    return last_ == 0 ? (kLeft + kRight) / 2
                      : kLeft + (kRight - kLeft) * static_cast<double>(generation) /
                                    static_cast<double>(last_);
  }
  double Y(double value) const {
    return kBottom - (kBottom - kTop) * (value - low_) / (high_ - low_);
  }

  std::string Points(const std::vector<HistoryRow>& rows, const Value& value) const {
    std::string points;
    for (const HistoryRow& row : rows) {
      if (std::isfinite(value(row)))
        points += fmt::format("{:.1f},{:.1f} ", X(row.generation), Y(value(row)));
    }
    return points;
  }
  std::string Curve(const char* kind, const std::vector<HistoryRow>& rows,
                    const Value& value) const {
    return fmt::format("<polyline class=\"{}\" points=\"{}\"/>\n", kind, Points(rows, value));
  }
  std::string Band(std::vector<HistoryRow> rows) const {
    const std::string above = Points(rows, kHigh);
    std::ranges::reverse(rows);
    return fmt::format("<polygon class=\"band\" points=\"{}{}\"/>\n", above, Points(rows, kLow));
  }

  int64_t last_ = 0;
  double low_ = std::numeric_limits<double>::infinity();
  double high_ = -std::numeric_limits<double>::infinity();
};

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
    const double y = kLegend + kLegendRow * static_cast<double>(i + 1);
    out += InColour(i, Sample("best-so-far", kLeft, y - 5)) +
           document::SvgText(kLeft + 36, y, "start", courses[i].label);
  }
  return out;
}

}  // namespace

std::string ConvergenceSvg(std::span<const Course> courses, const std::string& title) {
  const Panel panel(courses);
  std::string body = document::SvgText(kLeft, 36, "start", title, "title") + panel.Grid();
  for (size_t i = 0; i < courses.size(); ++i) body += InColour(i, panel.Curves(courses[i]));
  body += document::SvgUprightText(22, (kTop + kBottom) / 2, "fitness") +
          document::SvgText((kLeft + kRight) / 2, kBottom + 42, "middle", "generation") +
          Legend(courses);
  return document::SvgDocument(kWidth,
                               kLegend + kLegendRow * static_cast<double>(courses.size()) + 20,
                               title, Style(), body);
}

}  // namespace kallos::ga
