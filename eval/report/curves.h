// Curves of a two-class benchmark, drawn from the same thresholds that its
// measures are functions of.
#pragma once

#include <vector>

#include "lib/document/document.h"
#include "lib/measures/class_statistics.h"

namespace kallos::report {

// Recall over the rate of false alarms, from (0, 0) to (1, 1); the area below the polygon is
// measures::RocAuc. Both classes.
std::vector<document::Point> RocCurve(const measures::RocThresholds& thresholds);

// Precision over recall as a staircase without interpolation, from recall 0 to 1; the area below it
// is measures::AveragePrecision. Both classes.
std::vector<document::Point> PrecisionRecallCurve(const measures::RocThresholds& thresholds);

// Share of good ones over the mean probability of good, in the bins of measures::Ece;
// the interval is Wilson's.
std::vector<document::Point> ReliabilityCurve(const measures::RocThresholds& thresholds);

// Without points that lie nearer to the last one kept than can be seen in a drawing of the unit
// square. Short curves stay as they are.
std::vector<document::Point> Thinned(const std::vector<document::Point>& points);

}  // namespace kallos::report
