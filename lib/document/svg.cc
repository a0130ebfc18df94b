#include "lib/document/svg.h"

#include <fmt/format.h>

#include <cmath>

#include "lib/core/file.h"

namespace kallos::document {
namespace {

constexpr const char* kStyle = R"(<style>
svg { color-scheme: light dark; --paper: #fff; --ink: #1f2328; --grid: #d8dee4; }
@media (prefers-color-scheme: dark) { svg { --paper: #14181d; --ink: #e6edf3; --grid: #353c45; } }
rect.paper { fill: #fff; fill: var(--paper); }
text { font: 14px system-ui, sans-serif; fill: #1f2328; fill: var(--ink); }
text.title { font-size: 17px; font-weight: 600; }
line.grid { stroke: #d8dee4; stroke: var(--grid); }
)";

}  // namespace

std::string SvgEscaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') out += "&amp;";
    if (c == '<') out += "&lt;";
    if (c == '>') out += "&gt;";
    if (c != '&' && c != '<' && c != '>') out += c;
  }
  return out;
}

std::string SvgText(double x, double y, const char* anchor, const std::string& text,
                    const char* kind) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" class=\"{}\">{}</text>\n",
                     x, y, anchor, kind, SvgEscaped(text));
}

std::string SvgUprightText(double x, double y, const std::string& text) {
  return fmt::format(
      "<text transform=\"translate({:.1f},{:.1f}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n",
      x, y, SvgEscaped(text));
}

std::string SvgLine(double x1, double y1, double x2, double y2, const char* kind) {
  return fmt::format(
      "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"{}\"/>\n", x1, y1, x2,
      y2, kind);
}

// left + (right - left) (x - x_low) / (x_high - x_low): pixels, linear in x.
double SvgPanel::X(double x) const {
  return x_low == x_high ? (left + right) / 2
                         : left + (right - left) * (x - x_low) / (x_high - x_low);
}

// Pixels count downwards: y_low stands at `bottom`.
double SvgPanel::Y(double y) const {
  return bottom - (bottom - top) * (y - y_low) / (y_high - y_low);
}

std::string SvgPanel::Place(double x, double y) const {
  return fmt::format("{:.1f},{:.1f} ", X(x), Y(y));
}

std::string SvgPanel::Level(double y, const std::string& label) const {
  return SvgLine(left, Y(y), right, Y(y), "grid") + SvgText(left - 8, Y(y) + 5, "end", label);
}

std::string SvgPanel::XLabel(double x, const std::string& label) const {
  return SvgText(X(x), bottom + 20, "middle", label);
}

std::string SvgPanel::YTitle(const std::string& title) const {
  return SvgUprightText(22, (top + bottom) / 2, title);
}

std::string SvgDocument(double width, double height, const std::string& title,
                        const std::string& style, const std::string& body) {
  return fmt::format(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
             "height=\"{1}\" "
             "role=\"img\">\n<title>{2}</title>\n",
             width, height, SvgEscaped(title)) +
         kStyle + style +
         fmt::format("</style>\n<rect class=\"paper\" width=\"{}\" height=\"{}\"/>\n", width,
                     height) +
         body + "</svg>\n";
}

// The smallest step of 1, 2 or 5 times a power of ten that cuts `range` into at most 6 parts: the
// "nice numbers" of Heckbert, Graphics Gems, 1990.
double TickStep(double range) {
  const double power = std::pow(10, std::floor(std::log10(range / 5)));
  for (const double factor : {1, 2, 5}) {
    if (factor * power * 6 >= range * (1 - 1e-9)) return factor * power;
  }
  return power * 10;
}

void PublishDrawing(const fs::path& path, const std::string& svg, const std::string& heading) {
  const bool html = path.extension() == ".html";
  PublishBytes(path,
               html ? "<!doctype html>\n<meta charset=\"utf-8\">\n<title>" + SvgEscaped(heading) +
                          "</title>\n<style>:root { color-scheme: light dark; }</style>\n" + svg
                    : svg);
}

}  // namespace kallos::document
