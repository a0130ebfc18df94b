#include "lib/measures/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "lib/core/text.h"
#include "lib/measures/intervals.h"

namespace kallos::measures {
namespace {

constexpr double kFewestDefined = 0.9;  // of the bootstrap samples, for an interval

}  // namespace

Measure Undefined(const std::string& why) {
  return {{}, {}, {}, why};
}

Measure PercentileMeasure(double value, std::vector<double> replicates,
                          const std::string& why_undefined) {
  if (std::isnan(value)) return Undefined(why_undefined);
  const size_t all = replicates.size();
  std::erase_if(replicates, [](double replicate) { return std::isnan(replicate); });
  if (replicates.size() < kFewestDefined * all) {
    const size_t undefined = all - replicates.size();
    return {value,
            {},
            {},
            fmt::format("undefined in {} of {} bootstrap samples, which gives no interval",
                        undefined, all)};
  }
  const auto [low, high] = Percentiles(std::move(replicates));
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

void to_json(nlohmann::json& json, const Measure& measure) {
  json = {{"value", nullptr}};
  if (measure.value) json["value"] = *measure.value;
  if (measure.low) json["low"] = *measure.low, json["high"] = *measure.high;
  if (!measure.why.empty()) json["why"] = measure.why;
}

}  // namespace kallos::measures
