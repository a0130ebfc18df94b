// Statistics of verdicts and probabilities: functions of the thresholds of a benchmark.
//
// TP, FN, FP, TN are the verdicts at p > 0.5 with positive = good (roc_thresholds.h), n all rows. A
// function is defined where its comment says so, and costs one pass over the thresholds. Intervals
// are elsewhere (intervals.h, paired.h); which one a measure gets stands in its line of
// measure_table.cc.
#pragma once

#include <functional>

#include "lib/measures/roc_thresholds.h"

namespace kallos::measures {

using ClassStatistic = std::function<double(const RocThresholds&)>;

// Defined wherever there is a row, of whatever class.
double Accuracy(const RocThresholds& thresholds);  // (TP + TN) / n
// Mean (p - label)^2 (Brier, Mon. Weather Rev. 1950).
double Brier(const RocThresholds& thresholds);
// Mean of -log(p of the true class), p cut to [2^-52, 1 - 2^-52] as scikit-learn does.
double LogLoss(const RocThresholds& thresholds);
// Expected calibration error: sum over the bins b of n_b / n |mean p of b - share of good ones in
// b| (Guo et al., ICML 2017, eq. 3, here of the probability of good and with bins of equal mass).
double Ece(const RocThresholds& thresholds);

// A bin of the reliability diagram.
struct ReliabilityBin {
  int64_t n = 0;
  double probability = 0;  // mean over its rows
  double good = 0;         // share of its rows
};
// Ten bins of equal mass, fewer where there are fewer rows: with the rows ascending by p, bin b
// holds the ranks floor(b n / 10) <= rank < floor((b + 1) n / 10). Rows of equal p all count with
// their mean label, so that a tie across a border has one answer.
std::vector<ReliabilityBin> ReliabilityBins(const RocThresholds& thresholds);

// Defined where both classes have rows.
double Precision(const RocThresholds& thresholds);         // TP / (TP + FP); 0 / 0 is not a number
double Recall(const RocThresholds& thresholds);            // TP / (TP + FN)
double Specificity(const RocThresholds& thresholds);       // TN / (TN + FP)
double F1(const RocThresholds& thresholds);                // 2 TP / (2 TP + FP + FN)
double BalancedAccuracy(const RocThresholds& thresholds);  // (recall + specificity) / 2
// (TP TN - FP FN) / sqrt((TP + FP)(TP + FN)(TN + FP)(TN + FN)) (Matthews, BBA 1975); 0 where all
// verdicts are equal, as scikit-learn has it.
double Mcc(const RocThresholds& thresholds);
// Share of the pairs of a good and a bad row that p ranks rightly, a tie counting one half:
// the statistic of Mann and Whitney, which is the area below the ROC curve (Hanley and
// McNeil, Radiology 1982).
double RocAuc(const RocThresholds& thresholds);
// Average precision: sum over the thresholds, from the highest, of precision times the growth of
// recall; no interpolation.
double AveragePrecision(const RocThresholds& thresholds);

}  // namespace kallos::measures
