#include "lib/measures/sample.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "lib/core/error.h"

namespace kallos::measures {
namespace {

constexpr int64_t kBins = 10;

struct Total {
  int64_t bad = 0, good = 0;
  int64_t n() const { return bad + good; }
};

Total TotalOf(const Steps& steps) {
  Total total;
  for (const Step& step : steps) total.bad += step.bad, total.good += step.good;
  return total;
}

double Ratio(int64_t a, int64_t b) {
  return static_cast<double>(a) / static_cast<double>(b);
}

// Mean over the rows of loss(p, label).
template <typename Loss>
double MeanLoss(const Steps& steps, Loss loss) {
  double sum = 0;
  for (const Step& step : steps) {
    sum += static_cast<double>(step.good) * loss(step.probability, 1) +
           static_cast<double>(step.bad) * loss(step.probability, 0);
  }
  return sum / static_cast<double>(TotalOf(steps).n());
}

}  // namespace

Steps StepsOf(const std::vector<Prediction>& predictions) {
  std::vector<std::pair<double, int>> rows;
  for (const Prediction& p : predictions) rows.emplace_back(p.probability, p.label);
  std::sort(rows.begin(), rows.end());
  Steps steps;
  for (const auto& [probability, label] : rows) {
    if (steps.empty() || steps.back().probability != probability) steps.push_back({probability});
    ++(label == 1 ? steps.back().good : steps.back().bad);
  }
  return steps;
}

size_t FindStep(const Steps& steps, double probability) {
  const auto found =
      std::lower_bound(steps.begin(), steps.end(), probability,
                       [](const Step& step, double p) { return step.probability < p; });
  KALLOS_CHECK(found != steps.end() && found->probability == probability);
  return static_cast<size_t>(found - steps.begin());
}

Verdicts CountVerdicts(const Steps& steps) {
  Verdicts v;
  for (const Step& step : steps) {
    const bool good = IsGood(step.probability);
    (good ? v.tp : v.fn) += step.good;
    (good ? v.fp : v.tn) += step.bad;
  }
  return v;
}

double Accuracy(const Steps& steps) {
  const Verdicts v = CountVerdicts(steps);
  return Ratio(v.tp + v.tn, v.tp + v.fn + v.fp + v.tn);
}

double Brier(const Steps& steps) {
  return MeanLoss(steps, [](double p, int label) { return (p - label) * (p - label); });
}

double LogLoss(const Steps& steps) {
  return MeanLoss(steps, [](double p, int label) {
    constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
    return -std::log(std::clamp(label == 1 ? p : 1 - p, kEpsilon, 1 - kEpsilon));
  });
}

std::vector<ReliabilityBin> ReliabilityBins(const Steps& steps) {
  const int64_t n = TotalOf(steps).n();
  const auto border = [n](int64_t bin) { return bin * n / kBins; };
  std::vector<ReliabilityBin> bins(kBins);  // holding sums
  int64_t rank = 0;
  size_t bin = 0;
  for (const Step& step : steps) {
    const int64_t rows = step.bad + step.good;
    for (const int64_t end = rank + rows; rank < end;) {
      while (border(static_cast<int64_t>(bin) + 1) <= rank) ++bin;
      const int64_t taken = std::min(end, border(static_cast<int64_t>(bin) + 1)) - rank;
      bins[bin].n += taken;
      bins[bin].probability += static_cast<double>(taken) * step.probability;
      bins[bin].good += static_cast<double>(taken) * Ratio(step.good, rows);
      rank += taken;
    }
  }
  std::erase_if(bins, [](const ReliabilityBin& b) { return b.n == 0; });
  for (ReliabilityBin& b : bins)
    b.probability /= static_cast<double>(b.n), b.good /= static_cast<double>(b.n);
  return bins;
}

double Ece(const Steps& steps) {
  double error = 0;
  for (const ReliabilityBin& bin : ReliabilityBins(steps))
    error += static_cast<double>(bin.n) * std::abs(bin.probability - bin.good);
  return error / static_cast<double>(TotalOf(steps).n());
}

double Precision(const Steps& steps) {
  const Verdicts v = CountVerdicts(steps);
  return static_cast<double>(v.tp) / static_cast<double>(v.tp + v.fp);
}

double Recall(const Steps& steps) {
  const Verdicts v = CountVerdicts(steps);
  return Ratio(v.tp, v.tp + v.fn);
}

double Specificity(const Steps& steps) {
  const Verdicts v = CountVerdicts(steps);
  return Ratio(v.tn, v.tn + v.fp);
}

double F1(const Steps& steps) {
  const Verdicts v = CountVerdicts(steps);
  return Ratio(2 * v.tp, 2 * v.tp + v.fp + v.fn);
}

double BalancedAccuracy(const Steps& steps) {
  return (Recall(steps) + Specificity(steps)) / 2;
}

double Mcc(const Steps& steps) {
  const Verdicts v = CountVerdicts(steps);
  const auto tp = static_cast<double>(v.tp), fn = static_cast<double>(v.fn);
  const auto fp = static_cast<double>(v.fp), tn = static_cast<double>(v.tn);
  const double product = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn);
  return product > 0 ? std::clamp((tp * tn - fp * fn) / std::sqrt(product), -1.0, 1.0) : 0;
}

double RocAuc(const Steps& steps) {
  const Total total = TotalOf(steps);
  int64_t halves = 0;  // two for each pair in the right order, one for each tie
  int64_t bad_below = 0;
  for (const Step& step : steps) {
    halves += step.good * (2 * bad_below + step.bad);
    bad_below += step.bad;
  }
  return Ratio(halves, 2 * total.good * total.bad);
}

double AveragePrecision(const Steps& steps) {
  const int64_t positives = TotalOf(steps).good;
  double area = 0;
  int64_t tp = 0, called_good = 0;
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    tp += step->good;
    called_good += step->good + step->bad;
    if (step->good > 0) area += Ratio(tp, called_good) * Ratio(step->good, positives);
  }
  return std::min(area, 1.0);  // rounding
}

}  // namespace kallos::measures
