#include "lib/measures/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "lib/core/text.h"

namespace kallos::measures {
namespace {

constexpr double kFewestDefined = 0.9;  // of the bootstrap samples, for an interval

}  // namespace

Measure Undefined(const std::string& why) {
  return {{}, {}, {}, why};
}

Measure PercentileMeasure(double value, std::vector<double> draws,
                          const std::string& why_undefined) {
  if (std::isnan(value)) return Undefined(why_undefined);
  const size_t all = draws.size();
  std::erase_if(draws, [](double draw) { return std::isnan(draw); });
  if (static_cast<double>(draws.size()) < kFewestDefined * static_cast<double>(all)) {
    const size_t undefined = all - draws.size();
    return {value,
            {},
            {},
            fmt::format("undefined in {} of {} bootstrap samples, which gives no interval",
                        undefined, all)};
  }
  std::ranges::sort(draws);
  const size_t cut = draws.size() / 40;
  const double low = draws[cut], high = draws[draws.size() - 1 - cut];
  if (low == high)
    return {value, {}, {}, "nearly all bootstrap samples agree, which gives no interval"};
  return {value, std::min(value, low), std::max(value, high), ""};
}

std::vector<std::string> CsvCellsOf(const Measure& measure) {
  const auto text = [](const std::optional<double>& value) {
    return value ? FormatDouble(*value) : "";
  };
  return {text(measure.value), text(measure.low), text(measure.high), measure.why};
}

std::string CellOf(const Measure& measure, bool percent) {
  if (!measure.value) return "-";
  const double scale = percent ? 100 : 1;
  const std::string value = fmt::format("{:.{}f}", scale * *measure.value, percent ? 2 : 3);
  if (!measure.low) return value;
  const int digits = percent ? 1 : 3;
  return fmt::format("{} [{:.{}f}, {:.{}f}]", value, scale * *measure.low, digits,
                     scale * *measure.high, digits);
}

void to_json(nlohmann::json& json, const Measure& measure) {
  json = {{"value", nullptr}};
  if (measure.value) json["value"] = *measure.value;
  if (measure.low) json["low"] = *measure.low, json["high"] = *measure.high;
  if (!measure.why.empty()) json["why"] = measure.why;
}

}  // namespace kallos::measures
