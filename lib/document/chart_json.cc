#include "lib/document/chart_json.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "lib/core/text.h"

namespace kallos::document {
namespace {

using nlohmann::json;

const char* NameOf(SeriesStyle style) {
  switch (style) {
    case SeriesStyle::kLine:
      return "line";
    case SeriesStyle::kDashed:
      return "dashed";
    case SeriesStyle::kDots:
      return "dots";
    case SeriesStyle::kCloud:
      return "cloud";
  }
  return "";
}

double Rounded(double value) {
  return ParseDouble(fmt::format("{:.6g}", value)).value();
}

json JsonOf(const Axis& axis) {
  json out = {{"title", axis.title}, {"logarithmic", axis.logarithmic}, {"names", axis.names}};
  if (axis.low) out["low"] = *axis.low;
  if (axis.high) out["high"] = *axis.high;
  return out;
}

json JsonOf(const Series& series) {
  json points = json::array();
  for (const Point& point : series.points) {
    if (!std::isfinite(point.x) || !std::isfinite(point.y)) continue;
    json numbers = {Rounded(point.x), Rounded(point.y)};
    const bool spread =
        point.low && point.high && std::isfinite(*point.low) && std::isfinite(*point.high);
    if (spread) numbers.insert(numbers.end(), {Rounded(*point.low), Rounded(*point.high)});
    points.push_back(std::move(numbers));
  }
  json out = {{"name", series.name}, {"look", NameOf(series.style)}, {"points", std::move(points)}};
  if (series.colour) out["colour"] = *series.colour;
  return out;
}

}  // namespace

std::string ChartJson(const Chart& chart) {
  json out = {{"x", JsonOf(chart.x)},
              {"y", JsonOf(chart.y)},
              {"square", chart.square},
              {"series", json::array()}};
  for (const Series& series : chart.series) out["series"].push_back(JsonOf(series));
  std::string safe;
  for (const char c : out.dump(-1, ' ', false, json::error_handler_t::replace)) {
    if (c == '<')
      safe += "\\u003c";
    else
      safe += c;
  }
  return safe;
}

}  // namespace kallos::document
