#include "eval/report/curves.h"

#include <algorithm>
#include <cmath>

#include "lib/measures/intervals.h"

namespace kallos::report {
namespace {

constexpr size_t kShort = 500;           // points
constexpr double kVisible = 1.0 / 1000;  // of the square's side

struct Total {
  double bad = 0, good = 0;
};

Total TotalOf(const measures::Steps& steps) {
  Total total;
  for (const measures::Step& step : steps) {
    total.bad += static_cast<double>(step.bad);
    total.good += static_cast<double>(step.good);
  }
  return total;
}

}  // namespace

std::vector<document::Point> RocCurve(const measures::Steps& steps) {
  const Total total = TotalOf(steps);
  std::vector<document::Point> points = {{0, 0}};
  double fp = 0, tp = 0;
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    fp += static_cast<double>(step->bad);
    tp += static_cast<double>(step->good);
    points.push_back({fp / total.bad, tp / total.good});
  }
  return points;
}

std::vector<document::Point> PrecisionRecallCurve(const measures::Steps& steps) {
  const Total total = TotalOf(steps);
  std::vector<document::Point> points;
  double fp = 0, tp = 0;
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    const double recall_before = tp / total.good;
    fp += static_cast<double>(step->bad);
    tp += static_cast<double>(step->good);
    if (step->good == 0) continue;
    const double precision = tp / (tp + fp);
    points.push_back({recall_before, precision});
    points.push_back({tp / total.good, precision});
  }
  return points;
}

std::vector<document::Point> ReliabilityCurve(const measures::Steps& steps) {
  std::vector<document::Point> points;
  for (const measures::ReliabilityBin& bin : measures::ReliabilityBins(steps)) {
    const measures::Interval interval =
        measures::WilsonInterval(bin.good, static_cast<double>(bin.n));
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
