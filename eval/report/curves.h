// Curves of a two-class sample, drawn from the same staircase that eval/sample.h measures.
#pragma once

#include <vector>

#include "lib/document/document.h"
#include "lib/measures/sample.h"

namespace kallos::report {

// Recall over the rate of false alarms, from (0, 0) to (1, 1); the area below the polygon is
// eval::RocAuc. Both classes.
std::vector<document::Point> RocCurve(const measures::Steps& steps);

// Precision over recall as a staircase without interpolation, from recall 0 to 1; the area below it
// is eval::AveragePrecision. Both classes.
std::vector<document::Point> PrecisionRecallCurve(const measures::Steps& steps);

// Share of good ones over the mean probability of good, in the bins of eval::Ece; the interval is
// Wilson's.
std::vector<document::Point> ReliabilityCurve(const measures::Steps& steps);

// Without points that lie nearer to the last one kept than can be seen in a drawing of the unit
// square. Short curves stay as they are.
std::vector<document::Point> Thinned(const std::vector<document::Point>& points);

}  // namespace kallos::report
