#include "eval/report/curves.h"

#include <algorithm>
#include <cmath>

#include "eval/intervals.h"

namespace kallos::report {
namespace {

constexpr int64_t kBins = 10;
constexpr size_t kShort = 500;           // points
constexpr double kVisible = 1.0 / 1000;  // of the square's side

struct Total {
  double bad = 0, good = 0;
};

Total TotalOf(const eval::Steps& steps) {
  Total total;
  for (const eval::Step& step : steps) {
    total.bad += static_cast<double>(step.bad);
    total.good += static_cast<double>(step.good);
  }
  return total;
}

}  // namespace

std::vector<Point> RocCurve(const eval::Steps& steps) {
  const Total total = TotalOf(steps);
  std::vector<Point> points = {{0, 0}};
  double fp = 0, tp = 0;
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    fp += static_cast<double>(step->bad);
    tp += static_cast<double>(step->good);
    points.push_back({fp / total.bad, tp / total.good});
  }
  return points;
}

std::vector<Point> PrecisionRecallCurve(const eval::Steps& steps) {
  const Total total = TotalOf(steps);
  std::vector<Point> points;
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

std::vector<ReliabilityBin> ReliabilityBins(const eval::Steps& steps) {
  const Total total = TotalOf(steps);
  const auto n = static_cast<int64_t>(total.bad + total.good);
  std::vector<ReliabilityBin> bins(kBins);
  int64_t rank = 0, bin = 0;
  for (const eval::Step& step : steps) {
    const int64_t rows = step.bad + step.good;
    for (const int64_t end = rank + rows; rank < end;) {
      while ((bin + 1) * n / kBins <= rank) ++bin;
      const int64_t stop = std::min(end, (bin + 1) * n / kBins);
      const auto count = static_cast<double>(stop - rank);
      ReliabilityBin& sum = bins[static_cast<size_t>(bin)];
      sum.n += count;
      sum.mean_probability += count * step.probability;
      sum.share_good += count * static_cast<double>(step.good) / static_cast<double>(rows);
      rank = stop;
    }
  }
  std::erase_if(bins, [](const ReliabilityBin& b) { return b.n == 0; });
  for (ReliabilityBin& b : bins) b.mean_probability /= b.n, b.share_good /= b.n;
  return bins;
}

std::vector<Point> ReliabilityCurve(const std::vector<ReliabilityBin>& bins) {
  std::vector<Point> points;
  for (const ReliabilityBin& bin : bins) {
    const eval::Interval interval = eval::WilsonInterval(bin.share_good, bin.n);
    points.push_back({bin.mean_probability, bin.share_good, interval.low, interval.high});
  }
  return points;
}

std::vector<Point> Thinned(const std::vector<Point>& points) {
  if (points.size() <= kShort) return points;
  std::vector<Point> kept = {points.front()};
  for (const Point& point : points) {
    const double distance = std::max(std::abs(point.x - kept.back().x), std::abs(point.y - kept.back().y));
    if (distance >= kVisible) kept.push_back(point);
  }
  kept.push_back(points.back());
  return kept;
}

}  // namespace kallos::report
