#include "lib/measures/measure_cells.h"

#include "lib/document/cells.h"

namespace kallos::measures {

double ScaleOf(const MeasureInfo& info) {
  return info.unit == Unit::kPercent ? 100 : 1;
}

document::Cell CellOf(const Measure& measure, const MeasureInfo& info) {
  const bool percent = info.unit == Unit::kPercent;
  return document::IntervalCell(measure.value, measure.low, measure.high,
                                {ScaleOf(info), percent ? 2 : 3, percent ? 1 : 3});
}

}  // namespace kallos::measures
