#include "eval/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace kallos::eval {
namespace {

constexpr double kFewestDefined = 0.9;  // of the bootstrap samples, for an interval

}  // namespace

Measure Undefined(const std::string& why) {
  return {{}, {}, {}, why};
}

Measure PercentileMeasure(double value, std::vector<double> draws, const std::string& why_undefined) {
  if (std::isnan(value)) return Undefined(why_undefined);
  const size_t all = draws.size();
  std::erase_if(draws, [](double draw) { return std::isnan(draw); });
  if (static_cast<double>(draws.size()) < kFewestDefined * static_cast<double>(all)) {
    const size_t undefined = all - draws.size();
    return {
        value, {}, {}, fmt::format("undefined in {} of {} bootstrap samples, which gives no interval", undefined, all)};
  }
  std::ranges::sort(draws);
  const size_t cut = draws.size() / 40;
  const double low = draws[cut], high = draws[draws.size() - 1 - cut];
  if (low == high) return {value, {}, {}, "nearly all bootstrap samples agree, which gives no interval"};
  return {value, std::min(value, low), std::max(value, high), ""};
}

void to_json(nlohmann::json& json, const Measure& measure) {
  json = {{"value", nullptr}};
  if (measure.value) json["value"] = *measure.value;
  if (measure.low) json["low"] = *measure.low, json["high"] = *measure.high;
  if (!measure.why.empty()) json["why"] = measure.why;
}

}  // namespace kallos::eval
