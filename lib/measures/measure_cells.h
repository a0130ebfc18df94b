// Measures as cells of tables.
#pragma once

#include "lib/document/document.h"
#include "lib/measures/measure.h"
#include "lib/measures/measure_table.h"

namespace kallos::measures {

// 100 of a percentage, else 1.
double ScaleOf(const MeasureInfo& info);
// 92.80 with [86.9, 96.2] in small print, or 0.977 with [0.956, 0.999]; "-"
// where there is no value.
document::Cell CellOf(const Measure& measure, const MeasureInfo& info);

}  // namespace kallos::measures
