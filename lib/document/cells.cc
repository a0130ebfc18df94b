#include "lib/document/cells.h"

#include <fmt/format.h>

#include "lib/core/text.h"

namespace kallos::document {
namespace {

std::string NumberText(double value, int digits, const NumberFormat& format) {
  return format.sign ? fmt::format("{:+.{}f}", format.scale * value, digits)
                     : fmt::format("{:.{}f}", format.scale * value, digits);
}

}  // namespace

Cell CountCell(int64_t count) {
  return {FormatCount(count), "", count};
}

Cell NumberCell(double value, int digits) {
  return {fmt::format("{:.{}f}", value, digits), "", value};
}

Cell IntervalCell(const std::optional<double>& value, const std::optional<double>& low,
                  const std::optional<double>& high, const NumberFormat& format) {
  if (!value) return {"-"};
  Cell cell{NumberText(*value, format.digits, format), "", *value};
  if (low && high)
    cell.detail = fmt::format("[{}, {}]", NumberText(*low, format.interval_digits, format),
                              NumberText(*high, format.interval_digits, format));
  return cell;
}

Cell PValueCell(const std::optional<double>& p) {
  if (!p) return {"-"};
  return {*p < 0.0001 ? "< 0.0001" : fmt::format("{:.4f}", *p), "", *p};
}

}  // namespace kallos::document
