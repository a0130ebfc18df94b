#include "lib/measures/class_statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "lib/measures/intervals.h"

namespace kallos::measures {
namespace {

constexpr int64_t kBins = 10;

// Mean over the rows of loss(p, label).
template <typename Loss>
double MeanLoss(const RocThresholds& thresholds, Loss loss) {
  double sum = 0;
  for (const Threshold& threshold : thresholds) {
    sum += threshold.good * loss(threshold.probability, 1) +
           threshold.bad * loss(threshold.probability, 0);
  }
  return sum / CountClasses(thresholds).n();
}

}  // namespace

double Accuracy(const RocThresholds& thresholds) {
  const Verdicts v = CountVerdicts(thresholds);
  return ShareOf(v.tp + v.tn, v.tp + v.fn + v.fp + v.tn);
}

// Brier, Monthly Weather Review 78, 1950: mean of (p - label)^2.
double Brier(const RocThresholds& thresholds) {
  return MeanLoss(thresholds, [](double p, int label) { return (p - label) * (p - label); });
}

// Mean of -log p(label), with p kept off 0 and 1 by the machine epsilon, as scikit-learn does.
double LogLoss(const RocThresholds& thresholds) {
  return MeanLoss(thresholds, [](double p, int label) {
    constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
    return -std::log(std::clamp(label == 1 ? p : 1 - p, kEpsilon, 1 - kEpsilon));
  });
}

// Ten bins of n / 10 rows each, in the order of the probability. Rows of equal probability are
// spread over the bins that they reach into, each bin with their mean label.
std::vector<ReliabilityBin> ReliabilityBins(const RocThresholds& thresholds) {
  const int64_t n = CountClasses(thresholds).n();
  const auto border = [n](int64_t bin) { return bin * n / kBins; };
  std::vector<ReliabilityBin> bins(kBins);  // holding sums
  int64_t rank = 0;
  size_t bin = 0;
  for (const Threshold& threshold : thresholds) {
    const int64_t rows = threshold.bad + threshold.good;
    for (const int64_t end = rank + rows; rank < end;) {
      while (border(bin + 1) <= rank) ++bin;
      const int64_t taken = std::min(end, border(bin + 1)) - rank;
      bins[bin].n += taken;
      bins[bin].probability += taken * threshold.probability;
      bins[bin].good += taken * ShareOf(threshold.good, rows);
      rank += taken;
    }
  }
  std::erase_if(bins, [](const ReliabilityBin& b) { return b.n == 0; });
  for (ReliabilityBin& b : bins) b.probability /= b.n, b.good /= b.n;
  return bins;
}

// sum over bins of n_b / n |mean probability - share of good|: Naeini, Cooper and Hauskrecht, AAAI
// 2015.
double Ece(const RocThresholds& thresholds) {
  double error = 0;
  for (const ReliabilityBin& bin : ReliabilityBins(thresholds))
    error += bin.n * std::abs(bin.probability - bin.good);
  return error / CountClasses(thresholds).n();
}

double Precision(const RocThresholds& thresholds) {
  const Verdicts v = CountVerdicts(thresholds);
  return ShareOf(v.tp, v.tp + v.fp);
}

double Recall(const RocThresholds& thresholds) {
  const Verdicts v = CountVerdicts(thresholds);
  return ShareOf(v.tp, v.tp + v.fn);
}

double Specificity(const RocThresholds& thresholds) {
  const Verdicts v = CountVerdicts(thresholds);
  return ShareOf(v.tn, v.tn + v.fp);
}

double F1(const RocThresholds& thresholds) {
  const Verdicts v = CountVerdicts(thresholds);
  return ShareOf(2 * v.tp, 2 * v.tp + v.fp + v.fn);
}

double BalancedAccuracy(const RocThresholds& thresholds) {
  return (Recall(thresholds) + Specificity(thresholds)) / 2;
}

// (tp tn - fp fn) / sqrt((tp + fp) (tp + fn) (tn + fp) (tn + fn)), 0 where a sum is 0: Matthews,
// Biochimica et Biophysica Acta 405, 1975.
double Mcc(const RocThresholds& thresholds) {
  const Verdicts v = CountVerdicts(thresholds);
  const double tp = v.tp, fn = v.fn;
  const double fp = v.fp, tn = v.tn;
  const double product = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn);
  return product > 0 ? std::clamp((tp * tn - fp * fn) / std::sqrt(product), -1.0, 1.0) : 0;
}

// P(a good row scores higher than a bad one) + P(they score the same) / 2.
double RocAuc(const RocThresholds& thresholds) {
  const ClassCounts classes = CountClasses(thresholds);
  // 2 U of Mann and Whitney: two for each pair in the right order, one for each tie.
  int64_t halves = 0;
  int64_t bad_below = 0;
  for (const Threshold& threshold : thresholds) {
    halves += threshold.good * (2 * bad_below + threshold.bad);
    bad_below += threshold.bad;
  }
  return ShareOf(halves, 2 * classes.good * classes.bad);
}

// sum over thresholds k, descending, of precision_k (recall_k - recall_(k-1)).
double AveragePrecision(const RocThresholds& thresholds) {
  const int64_t positives = CountClasses(thresholds).good;
  double area = 0;
  int64_t tp = 0, called_good = 0;
  for (auto threshold = thresholds.rbegin(); threshold != thresholds.rend(); ++threshold) {
    tp += threshold->good;
    called_good += threshold->good + threshold->bad;
    if (threshold->good > 0) area += ShareOf(tp, called_good) * ShareOf(threshold->good, positives);
  }
  return std::min(area, 1.0);  // rounding
}

}  // namespace kallos::measures
