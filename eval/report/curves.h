// Curves of a two-class sample, drawn from the same staircase that eval/sample.h measures.
#pragma once

#include <vector>

#include "eval/report/document.h"
#include "eval/sample.h"

namespace kallos::report {

// Recall over the rate of false alarms, from (0, 0) to (1, 1); the area below the polygon is eval::RocAuc. Both
// classes.
std::vector<Point> RocCurve(const eval::Steps& steps);

// Precision over recall as a staircase without interpolation, from recall 0 to 1; the area below it is
// eval::AveragePrecision. Both classes.
std::vector<Point> PrecisionRecallCurve(const eval::Steps& steps);

// Share of good ones over the mean probability of good, in the bins of eval::Ece; the interval is Wilson's.
std::vector<Point> ReliabilityCurve(const eval::Steps& steps);

// Without points that lie nearer to the last one kept than can be seen in a drawing of the unit square. Short curves
// stay as they are.
std::vector<Point> Thinned(const std::vector<Point>& points);

}  // namespace kallos::report
