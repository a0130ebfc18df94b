#include "eval/measure_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "lib/core/text.h"

namespace kallos::eval {

nlohmann::json JsonOf(const Measure& measure) {
  nlohmann::json out = {{"value", nullptr}};
  if (measure.value) out["value"] = *measure.value;
  if (measure.low) out["low"] = *measure.low, out["high"] = *measure.high;
  if (!measure.why.empty()) out["why"] = measure.why;
  return out;
}

std::vector<std::string> CsvCellsOf(const Measure& measure) {
  const auto text = [](const std::optional<double>& value) { return value ? FormatDouble(*value) : ""; };
  return {text(measure.value), text(measure.low), text(measure.high), measure.why};
}

std::string CellOf(const Measure& measure, bool percent) {
  if (!measure.value) return "-";
  const double scale = percent ? 100 : 1;
  std::string value = fmt::format("{:.{}f}", scale * *measure.value, percent ? 2 : 3);
  if (!measure.low) return value;
  const int digits = percent ? 1 : 3;
  return fmt::format("{} [{:.{}f}, {:.{}f}]", value, scale * *measure.low, digits, scale * *measure.high, digits);
}

}  // namespace kallos::eval
