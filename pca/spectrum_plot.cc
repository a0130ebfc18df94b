#include "pca/spectrum_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "lib/core/text.h"
#include "pca/spectrum.h"

namespace kallos::pca {
namespace {

constexpr double kWidth = 800, kHeight = 620;
constexpr double kLeft = 84, kRight = 770;  // of both panels
constexpr size_t kMostPoints = 700;
constexpr double kSmallestShare = 1e-12;  // of the first eigenvalue: below it is rounding

constexpr const char* kStyle = R"(<style>
svg { color-scheme: light dark; --paper: #fff; --ink: #1f2328; --grid: #d8dee4; --line: #0b62c4; --mark: #b3470b; }
@media (prefers-color-scheme: dark) {
  svg { --paper: #14181d; --ink: #e6edf3; --grid: #353c45; --line: #6cb2ff; --mark: #ffa15c; }
}
rect.paper { fill: #fff; fill: var(--paper); }
text { font: 14px system-ui, sans-serif; fill: #1f2328; fill: var(--ink); }
text.title { font-size: 17px; font-weight: 600; }
text.mark { fill: #b3470b; fill: var(--mark); }
line.grid { stroke: #d8dee4; stroke: var(--grid); }
line.mark { stroke: #b3470b; stroke: var(--mark); stroke-dasharray: 5 4; stroke-width: 1.5; }
polyline { fill: none; stroke: #0b62c4; stroke: var(--line); stroke-width: 2; stroke-linejoin: round; }
</style>
)";

std::string Escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') out += "&amp;";
    if (c == '<') out += "&lt;";
    if (c == '>') out += "&gt;";
    if (c != '&' && c != '<' && c != '>') out += c;
  }
  return out;
}

std::string Text(double x, double y, const char* anchor, const std::string& text, const char* kind = "") {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" class=\"{}\">{}</text>\n", x, y, anchor, kind,
                     Escaped(text));
}

std::string Line(double x1, double y1, double x2, double y2, const char* kind) {
  return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"{}\"/>\n", x1, y1, x2, y2,
                     kind);
}

// 1, 2 or 5 times a power of ten, so that about five ticks fit.
int64_t TickStep(size_t count) {
  int64_t power = 1;
  while (power * 50 < static_cast<int64_t>(count)) power *= 10;
  for (const int64_t factor : {1, 2, 5}) {
    if (factor * power * 6 >= static_cast<int64_t>(count)) return factor * power;
  }
  return power * 10;
}

// One panel: values over their number, from 1.
class Panel {
 public:
  // `low` and `high` are what stands at the bottom and at the top.
  Panel(double top, double bottom, size_t count, double low, double high)
      : top_(top), bottom_(bottom), count_(count), low_(low), high_(high) {}

  double X(double number) const {
    return count_ < 2 ? (kLeft + kRight) / 2
                      : kLeft + (kRight - kLeft) * (number - 1) / static_cast<double>(count_ - 1);
  }
  double Y(double value) const { return bottom_ - (bottom_ - top_) * (value - low_) / (high_ - low_); }

  std::string Level(double value, const std::string& label) const {
    return Line(kLeft, Y(value), kRight, Y(value), "grid") + Text(kLeft - 8, Y(value) + 5, "end", label);
  }
  std::string Numbers() const {
    const int64_t step = TickStep(count_);
    std::string out = Text(X(1), bottom_ + 20, "middle", "1");
    for (int64_t n = step; n <= static_cast<int64_t>(count_); n += step) {
      if (n > 1) out += Text(X(static_cast<double>(n)), bottom_ + 20, "middle", FormatCount(n));
    }
    return out;
  }
  std::string Curve(const std::vector<double>& values) const {
    std::string points;
    const size_t shown = std::min(values.size(), kMostPoints);
    for (size_t i = 0; i < shown; ++i) {
      const size_t k = shown < 2 ? 0 : i * (values.size() - 1) / (shown - 1);
      points += fmt::format("{:.1f},{:.1f} ", X(static_cast<double>(k + 1)), Y(std::max(values[k], low_)));
    }
    return fmt::format("<polyline points=\"{}\"/>\n", points);
  }
  std::string Mark(int64_t number) const {
    const double x = X(static_cast<double>(number));
    return Line(x, top_, x, bottom_, "mark");
  }
  std::string Label(const std::string& text) const {
    return fmt::format("<text transform=\"translate(22,{:.1f}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n",
                       (top_ + bottom_) / 2, Escaped(text));
  }

 private:
  double top_, bottom_;
  size_t count_;
  double low_, high_;
};

std::string EigenvaluePanel(const Model& model) {
  const double floor = std::max(model.spectrum.front() * kSmallestShare, 1e-300);
  std::vector<double> logs;
  for (const double value : model.spectrum) logs.push_back(std::log10(std::max(value, floor)));
  const double low = std::floor(logs.back());
  const double high = std::max(std::ceil(logs.front()), low + 1);
  const Panel panel(60, 300, logs.size(), low, high);
  std::string out;
  const double step = std::ceil((high - low) / 6);
  for (double power = low; power <= high; power += step) out += panel.Level(power, fmt::format("1e{:.0f}", power));
  return out + panel.Numbers() + panel.Mark(model.outputs()) + panel.Curve(logs) + panel.Label("variance (log)");
}

std::string SharePanel(const Model& model) {
  const std::vector<double> shares = CumulatedShares(model.spectrum, model.total_variance);
  const Panel panel(345, 555, shares.size(), 0, 1);
  std::string out;
  for (const int percent : {0, 25, 50, 75, 100}) out += panel.Level(percent / 100.0, fmt::format("{} %", percent));
  out += panel.Numbers() + panel.Mark(model.outputs()) + panel.Curve(shares) + panel.Label("cumulated variance");
  const size_t k = std::min(static_cast<size_t>(model.outputs()), shares.size());
  const double x = panel.X(static_cast<double>(k));
  const bool left = x > (kLeft + kRight) / 2;
  return out + Text(x + (left ? -8 : 8), 545, left ? "end" : "start",
                    fmt::format("{} kept: {:.2f} %", FormatCount(model.outputs()), 100 * shares[k - 1]), "mark");
}

}  // namespace

std::string SpectrumSvg(const Model& model, const std::string& title) {
  return fmt::format(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" "
             "role=\"img\">\n<title>{2}</title>\n",
             kWidth, kHeight, Escaped(title)) +
         kStyle + fmt::format("<rect class=\"paper\" width=\"{}\" height=\"{}\"/>\n", kWidth, kHeight) +
         Text(kLeft, 36, "start", title, "title") + EigenvaluePanel(model) + SharePanel(model) +
         Text((kLeft + kRight) / 2, 602, "middle", "component") + "</svg>\n";
}

}  // namespace kallos::pca
