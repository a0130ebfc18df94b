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

// Percentile interval (Efron and Tibshirani, "An introduction to the bootstrap", 1993, chapter 13):
// of n sorted replicates the order statistics n / 40 and n - 1 - n / 40, from 0, which leave 2.5 %
// out on each side.
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
  std::ranges::sort(replicates);
  const size_t cut = replicates.size() / 40;
  const double low = replicates[cut], high = replicates[replicates.size() - 1 - cut];
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
