// Statistics of predicted scores: functions of one sample of rows.
//
// x = predictions, y = mean opinions. Correlations are not a number where x or y is constant;
// fitted ones also where the logistic curve (logistic_fit.h) does not converge; the outlier ratio
// also where a row has no standard deviation of its opinions; earth mover's distances where the
// rows hold no distributions of ratings.
#pragma once

#include <functional>
#include <vector>

#include "lib/measures/scored_predictions.h"

namespace kallos::measures {

// Rows of a benchmark, or of a bootstrap sample of it, column by column; one entry a row.
struct ScoreSample {
  std::vector<double> scores, predictions;
  std::vector<double> sds;           // of the opinions; empty unless every row has one
  std::vector<double> emd_1, emd_2;  // EarthMoversDistance of the row, r of 1 and 2
  std::vector<double> fitted;        // predictions after the curve; empty where there is none
};
// Fits the curve y = logistic(x) on the sample, and fills `fitted`.
void FitSample(ScoreSample& sample);

using ScoreStatistic = std::function<double(const ScoreSample&)>;

double Srcc(const ScoreSample& sample);  // Spearman's rank correlation
double Krcc(const ScoreSample& sample);  // Kendall's tau-b
double Plcc(const ScoreSample& sample);  // Pearson's correlation
double Rmse(const ScoreSample& sample);  // sqrt(mean (x - y)^2), in units of the scores
double Mae(const ScoreSample& sample);   // mean |x - y|
double PlccFitted(const ScoreSample& sample);
double RmseFitted(const ScoreSample& sample);
// Share of rows whose fitted prediction is more than 2 sd from the score (ITU-T P.1401).
double OutlierRatio(const ScoreSample& sample);
double Emd1(const ScoreSample& sample);  // mean over the rows
double Emd2(const ScoreSample& sample);

// Of two distributions of ratings over K levels, as shares: (1/K sum_k |P_k - Q_k|^r)^(1/r) with
// the cumulated shares P and Q (Talebi and Milanfar, IEEE TIP 2018, eq. 1). Equal sizes; not a
// number where they are empty.
double EarthMoversDistance(const Shares& p, const Shares& q, int r);

}  // namespace kallos::measures
