#include "pca/spectrum_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "lib/core/text.h"
#include "lib/document/svg.h"
#include "pca/spectrum.h"

namespace kallos::pca {
namespace {

constexpr double kWidth = 800, kHeight = 620;
constexpr double kLeft = 84, kRight = 770;  // of both panels
constexpr size_t kMostPoints = 700;
constexpr double kSmallestShare = 1e-12;  // of the first eigenvalue: below it is rounding

constexpr const char* kStyle = R"(svg { --line: #0b62c4; --mark: #b3470b; }
@media (prefers-color-scheme: dark) { svg { --line: #6cb2ff; --mark: #ffa15c; } }
text.mark { fill: #b3470b; fill: var(--mark); }
line.mark { stroke: #b3470b; stroke: var(--mark); stroke-dasharray: 5 4; stroke-width: 1.5; }
polyline { fill: none; stroke: #0b62c4; stroke: var(--line); stroke-width: 2; stroke-linejoin: round; }
)";

// Over the number of components, from 1 to `count`; `low` stands at the
// bottom and `high` at the top.
document::SvgPanel PanelOf(double top, double bottom, size_t count, double low, double high) {
  return {kLeft, kRight, top, bottom, 1, static_cast<double>(count), low, high};
}

std::string Numbers(const document::SvgPanel& panel) {
  const auto step = std::max<int64_t>(1, std::llround(document::TickStep(panel.x_high)));
  const int64_t count = panel.x_high;
  std::string out = panel.XLabel(1, "1");
  for (int64_t n = step; n <= count; n += step) {
    if (n > 1) out += panel.XLabel(n, FormatCount(n));
  }
  return out;
}

std::string Curve(const document::SvgPanel& panel, const std::vector<double>& values) {
  std::string points;
  const size_t shown = std::min(values.size(), kMostPoints);
  for (size_t i = 0; i < shown; ++i) {
    const size_t k = shown < 2 ? 0 : i * (values.size() - 1) / (shown - 1);
    points += panel.Place(k + 1, std::max(values[k], panel.y_low));
  }
  return fmt::format("<polyline points=\"{}\"/>\n", points);
}

// At the components that the model keeps.
std::string Mark(const document::SvgPanel& panel, int64_t kept) {
  const double x = panel.X(kept);
  return document::SvgLine(x, panel.top, x, panel.bottom, "mark");
}

std::string EigenvaluePanel(const model::Reduction& model) {
  const double floor = std::max(model.spectrum.front() * kSmallestShare, 1e-300);
  std::vector<double> logs;
  for (const double value : model.spectrum) logs.push_back(std::log10(std::max(value, floor)));
  const double low = std::floor(logs.back());
  const double high = std::max(std::ceil(logs.front()), low + 1);
  const document::SvgPanel panel = PanelOf(60, 300, logs.size(), low, high);
  std::string out;
  const double step = std::ceil((high - low) / 6);
  for (double power = low; power <= high; power += step)
    out += panel.Level(power, fmt::format("1e{:.0f}", power));
  return out + Numbers(panel) + Mark(panel, model.outputs()) + Curve(panel, logs) +
         panel.YTitle("variance (log)");
}

std::string SharePanel(const model::Reduction& model) {
  const std::vector<double> shares = CumulatedShares(model.spectrum, model.total_variance);
  const document::SvgPanel panel = PanelOf(345, 555, shares.size(), 0, 1);
  std::string out;
  for (const int percent : {0, 25, 50, 75, 100})
    out += panel.Level(percent / 100.0, fmt::format("{} %", percent));
  out += Numbers(panel) + Mark(panel, model.outputs()) + Curve(panel, shares) +
         panel.YTitle("cumulated variance");
  const size_t k = std::min(static_cast<size_t>(model.outputs()), shares.size());
  const double x = panel.X(k);
  const bool left = x > (kLeft + kRight) / 2;
  return out + document::SvgText(x + (left ? -8 : 8), 545, left ? "end" : "start",
                                 fmt::format("{} kept: {:.2f} %", FormatCount(model.outputs()),
                                             100 * shares[k - 1]),
                                 "mark");
}

}  // namespace

std::string SpectrumSvg(const model::Reduction& model, const std::string& title) {
  return document::SvgDocument(
      kWidth, kHeight, title, kStyle,
      document::SvgText(kLeft, 36, "start", title, "title") + EigenvaluePanel(model) +
          SharePanel(model) + document::SvgText((kLeft + kRight) / 2, 602, "middle", "component"));
}

}  // namespace kallos::pca
