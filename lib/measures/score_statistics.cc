#include "lib/measures/score_statistics.h"

#include <cmath>
#include <limits>
#include <span>

#include "lib/core/error.h"
#include "lib/measures/correlation.h"
#include "lib/measures/logistic_fit.h"

namespace kallos::measures {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double RootMeanSquare(std::span<const double> x, std::span<const double> y) {
  double square = 0;
  for (size_t i = 0; i < x.size(); ++i) square += (x[i] - y[i]) * (x[i] - y[i]);
  return std::sqrt(square / x.size());
}

double Mean(const std::vector<double>& values) {
  double mean = 0;
  for (const double value : values) mean += value / values.size();
  return mean;
}

}  // namespace

void FitSample(ScoreSample& sample) {
  const std::optional<Logistic> curve = FitLogistic(sample.predictions, sample.scores);
  sample.fitted.clear();
  if (!curve) return;
  for (const double prediction : sample.predictions) sample.fitted.push_back((*curve)(prediction));
}

double Srcc(const ScoreSample& sample) {
  return Spearman(sample.predictions, sample.scores);
}

double Krcc(const ScoreSample& sample) {
  return Kendall(sample.predictions, sample.scores);
}

double Plcc(const ScoreSample& sample) {
  return Pearson(sample.predictions, sample.scores);
}

double Rmse(const ScoreSample& sample) {
  return RootMeanSquare(sample.predictions, sample.scores);
}

double Mae(const ScoreSample& sample) {
  double sum = 0;
  for (size_t i = 0; i < sample.scores.size(); ++i)
    sum += std::abs(sample.predictions[i] - sample.scores[i]);
  return sum / sample.scores.size();
}

double PlccFitted(const ScoreSample& sample) {
  return sample.fitted.empty() ? kNaN : Pearson(sample.fitted, sample.scores);
}

double RmseFitted(const ScoreSample& sample) {
  return sample.fitted.empty() ? kNaN : RootMeanSquare(sample.fitted, sample.scores);
}

// The share of rows whose fitted prediction is more than two standard deviations of the opinions
// off their mean (ITU-T P.1401).
double OutlierRatio(const ScoreSample& sample) {
  if (sample.fitted.empty() || sample.sds.empty()) return kNaN;
  double outliers = 0;
  for (size_t i = 0; i < sample.fitted.size(); ++i)
    outliers += std::abs(sample.fitted[i] - sample.scores[i]) > 2 * sample.sds[i] ? 1 : 0;
  return outliers / sample.fitted.size();
}

double Emd1(const ScoreSample& sample) {
  return Mean(sample.emd_1);
}

double Emd2(const ScoreSample& sample) {
  return Mean(sample.emd_2);
}

// (1 / K sum over k of |P_k - Q_k|^r)^(1/r) of the cumulative shares P and Q: Talebi and Milanfar,
// "NIMA", IEEE Transactions on Image Processing 27, 2018.
double EarthMoversDistance(const Shares& p, const Shares& q, int r) {
  KALLOS_CHECK(p.size() == q.size());
  if (p.empty()) return kNaN;
  double p_below = 0, q_below = 0, sum = 0;
  for (size_t k = 0; k < p.size(); ++k) {
    p_below += p[k], q_below += q[k];
    sum += std::pow(std::abs(p_below - q_below), r);
  }
  return std::pow(sum / p.size(), 1.0 / r);
}

}  // namespace kallos::measures
