// A two-class sample as a staircase of its distinct probabilities, and what is measured on it.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/measures/predictions.h"

namespace kallos::measures {

// The rows of one probability. A bootstrap sample may have none there.
struct Step {
  double probability = 0;  // of good
  int64_t bad = 0;
  int64_t good = 0;
};

// Ascending. Everything below sees the rows through this alone, so it depends neither on their
// order nor on how ties are sorted.
using Steps = std::vector<Step>;

Steps StepsOf(const std::vector<Prediction>& predictions);
size_t FindStep(const Steps& steps, double probability);  // which must be there

struct Verdicts {
  int64_t tp = 0, fn = 0, fp = 0, tn = 0;  // positive = good
};
Verdicts CountVerdicts(const Steps& steps);

// These need no class in particular; n > 0.
double Accuracy(const Steps& steps);
double Brier(const Steps& steps);    // mean of (p - label)^2 (Brier 1950)
double LogLoss(const Steps& steps);  // mean of -log(p of the true class), p cut to [2^-52, 1 -
                                     // 2^-52] as scikit-learn does
// A bin of the reliability diagram.
struct ReliabilityBin {
  int64_t n = 0;
  double probability = 0;  // mean over its rows
  double good = 0;         // share of its rows
};
// Ten bins of equal mass, fewer where there are fewer rows. Rows ascend by p; bin b holds the ranks
// floor(b n / 10) <= rank < floor((b + 1) n / 10); rows of equal p all count with their mean label,
// so that a tie across a border has one answer.
std::vector<ReliabilityBin> ReliabilityBins(const Steps& steps);
// Expected calibration error of the probability of good: mean over the rows of their bin's
// |probability - good|. (Guo et al., ICML 2017, eq. 3, with bins of equal mass.)
double Ece(const Steps& steps);

// These need both classes.
double Precision(const Steps& steps);  // not a number where nothing is called good
double Recall(const Steps& steps);
double Specificity(const Steps& steps);
double F1(const Steps& steps);  // 2 TP / (2 TP + FP + FN)
double BalancedAccuracy(const Steps& steps);
double Mcc(
    const Steps& steps);  // Matthews 1975; 0 where all verdicts are equal, as scikit-learn has it
double RocAuc(const Steps& steps);  // Mann-Whitney: a tie of good and bad counts one half
// Average precision: sum over steps, from the highest p, of precision times the growth of recall;
// no interpolation.
double AveragePrecision(const Steps& steps);

}  // namespace kallos::measures
