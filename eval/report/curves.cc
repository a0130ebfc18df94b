#include "eval/report/curves.h"

#include <algorithm>
#include <cmath>

#include "lib/measures/intervals.h"

namespace kallos::report {
namespace {

constexpr size_t kShort = 500;           // points
constexpr double kVisible = 1.0 / 1000;  // of the square's side

struct Counts {
  double bad = 0, good = 0;
};

Counts TotalOf(const measures::RocThresholds& thresholds) {
  Counts total;
  for (const measures::Threshold& threshold : thresholds) {
    total.bad += threshold.bad;
    total.good += threshold.good;
  }
  return total;
}

}  // namespace

// The points (fp / bad, tp / good) as the threshold falls: rows of equal probability together, so
// that a tie is a slanted segment, and the trapezoids below are the AUC with ties at half (Fawcett,
// "An introduction to ROC analysis", Pattern Recognition Letters 27, 2006).
std::vector<document::Point> RocCurve(const measures::RocThresholds& thresholds) {
  const Counts total = TotalOf(thresholds);
  std::vector<document::Point> points = {{0, 0}};
  double fp = 0, tp = 0;
  for (auto threshold = thresholds.rbegin(); threshold != thresholds.rend(); ++threshold) {
    fp += threshold->bad;
    tp += threshold->good;
    points.push_back({fp / total.bad, tp / total.good});
  }
  return points;
}

// precision = tp / (tp + fp) over recall = tp / good as the threshold falls, constant from one
// recall to the next: a line between two points would be too good (Davis and Goadrich, ICML 2006).
std::vector<document::Point> PrecisionRecallCurve(const measures::RocThresholds& thresholds) {
  const Counts total = TotalOf(thresholds);
  std::vector<document::Point> points;
  double fp = 0, tp = 0;
  for (auto threshold = thresholds.rbegin(); threshold != thresholds.rend(); ++threshold) {
    const double recall_before = tp / total.good;
    fp += threshold->bad;
    tp += threshold->good;
    if (threshold->good == 0) continue;
    const double precision = tp / (tp + fp);
    points.push_back({recall_before, precision});
    points.push_back({tp / total.good, precision});
  }
  return points;
}

std::vector<document::Point> ReliabilityCurve(const measures::RocThresholds& thresholds) {
  std::vector<document::Point> points;
  for (const measures::ReliabilityBin& bin : measures::ReliabilityBins(thresholds)) {
    const measures::Interval interval = measures::WilsonInterval(bin.good, bin.n);
    points.push_back({bin.probability, bin.good, interval.low, interval.high});
  }
  return points;
}

std::vector<document::Point> Thinned(const std::vector<document::Point>& points) {
  if (points.size() <= kShort) return points;
  std::vector<document::Point> kept = {points.front()};
  for (const document::Point& point : points) {
    const double distance =
        std::max(std::abs(point.x - kept.back().x), std::abs(point.y - kept.back().y));
    if (distance >= kVisible) kept.push_back(point);
  }
  kept.push_back(points.back());
  return kept;
}

}  // namespace kallos::report
