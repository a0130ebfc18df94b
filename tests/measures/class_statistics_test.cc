#include "lib/measures/class_statistics.h"

#include "tests/measures/example_predictions.h"

namespace kallos::measures {
namespace {

using testing::DoubleNear;

constexpr double kExact = 1e-12;

// Definitions over pairs and rows, the slow way.
double AucByPairs(const std::vector<Prediction>& predictions) {
  double wins = 0, pairs = 0;
  for (const Prediction& good : predictions) {
    for (const Prediction& bad : predictions) {
      if (good.label != 1 || bad.label != 0) continue;
      pairs += 1;
      wins += good.probability > bad.probability    ? 1
              : good.probability == bad.probability ? 0.5
                                                    : 0;
    }
  }
  return wins / pairs;
}

double AveragePrecisionByThresholds(const std::vector<Prediction>& predictions) {
  double area = 0;
  for (const Prediction& at : predictions) {
    if (at.label != 1) continue;
    double tp = 0, all = 0;
    for (const Prediction& p : predictions) {
      if (p.probability < at.probability) continue;
      all += 1;
      tp += p.label;
    }
    area += tp / all;
  }
  const Verdicts v = CountVerdicts(ThresholdsOf(predictions));
  return area / static_cast<double>(v.tp + v.fn);
}

TEST(ClassStatistics, AgreesWithDefinitions) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    const auto predictions =
        DrawPredictions(seed, 20 + static_cast<int>(seed), seed % 3 == 0 ? 0 : 5);
    const RocThresholds thresholds = ThresholdsOf(predictions);
    EXPECT_THAT(RocAuc(thresholds), DoubleNear(AucByPairs(predictions), kExact));
    EXPECT_THAT(AveragePrecision(thresholds),
                DoubleNear(AveragePrecisionByThresholds(predictions), kExact));
  }
}

// 1 - the AUC of swapped labels; all measures of verdicts under p -> 1 - p with swapped labels.
TEST(ClassStatistics, LabelFlips) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    // Odd levels: no p of 1/2.
    const auto predictions = DrawPredictions(seed, 60, seed % 2 == 0 ? 0 : 7);
    auto swapped = predictions, mirrored = predictions;
    for (Prediction& p : swapped) p.label = 1 - p.label;
    for (Prediction& p : mirrored) p.label = 1 - p.label, p.probability = 1 - p.probability;
    const RocThresholds a = ThresholdsOf(predictions), b = ThresholdsOf(mirrored);
    EXPECT_THAT(RocAuc(ThresholdsOf(swapped)), DoubleNear(1 - RocAuc(a), kExact));
    EXPECT_THAT(RocAuc(b), DoubleNear(RocAuc(a), kExact));
    EXPECT_THAT(Mcc(b), DoubleNear(Mcc(a), kExact));
    EXPECT_THAT(BalancedAccuracy(b), DoubleNear(BalancedAccuracy(a), kExact));
    EXPECT_THAT(Brier(b), DoubleNear(Brier(a), kExact));
    EXPECT_THAT(LogLoss(b), DoubleNear(LogLoss(a), 1e-9));
    EXPECT_THAT(Ece(b), DoubleNear(Ece(a), kExact));  // 60 rows: the bins mirror
    EXPECT_EQ(CountVerdicts(a).tp, CountVerdicts(b).tn);
    EXPECT_EQ(CountVerdicts(a).fp, CountVerdicts(b).fn);
  }
}

TEST(ClassStatistics, RankMeasuresAreInvariantUnderIncreasingMaps) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const auto predictions = DrawPredictions(seed, 50, 9);
    auto mapped = predictions;
    for (Prediction& p : mapped) p.probability = std::pow(p.probability, 3) / 2;
    EXPECT_EQ(RocAuc(ThresholdsOf(predictions)), RocAuc(ThresholdsOf(mapped)));
    EXPECT_EQ(AveragePrecision(ThresholdsOf(predictions)), AveragePrecision(ThresholdsOf(mapped)));
  }
}

TEST(ClassStatistics, KnownValues) {
  const RocThresholds perfect = ThresholdsOf(MakePredictions({0, 0, 1, 1}, {0, 0, 1, 1}));
  EXPECT_EQ(RocAuc(perfect), 1);
  EXPECT_EQ(AveragePrecision(perfect), 1);
  EXPECT_EQ(Mcc(perfect), 1);
  EXPECT_EQ(Brier(perfect), 0);
  EXPECT_EQ(Ece(perfect), 0);
  const RocThresholds constant =
      ThresholdsOf(MakePredictions({0.7, 0.7, 0.7, 0.7, 0.7}, {0, 0, 1, 1, 0}));
  EXPECT_EQ(RocAuc(constant), 0.5);
  EXPECT_EQ(AveragePrecision(constant), 0.4);
  EXPECT_EQ(Mcc(constant), 0);
  EXPECT_THAT(Ece(constant), DoubleNear(0.3, kExact));
}

TEST(ClassStatistics, TheVerdictIsGoodAboveOneHalfOnly) {
  const Verdicts v = CountVerdicts(ThresholdsOf(MakePredictions({0.5, 0.5, 0.5000001}, {0, 1, 1})));
  EXPECT_EQ(v.tn, 1);
  EXPECT_EQ(v.fn, 1);
  EXPECT_EQ(v.tp, 1);
}

// Sure and wrong: scikit-learn's cut at 2^-52 keeps it finite.
TEST(ClassStatistics, LogLossOfSureErrors) {
  EXPECT_THAT(LogLoss(ThresholdsOf(MakePredictions({1}, {0}))),
              DoubleNear(52 * std::log(2.0), 1e-9));
  EXPECT_LT(LogLoss(ThresholdsOf(MakePredictions({1}, {1}))), 1e-15);
}

// 20 rows, two to a bin. Bins of p 0.1 0.2 | 0.3 0.3 | ... computed by hand in the comments.
TEST(ClassStatistics, EceByHand) {
  std::vector<double> p;
  std::vector<int> labels;
  for (int i = 0; i < 20; ++i) p.push_back(0.05 * i + 0.01), labels.push_back(i % 4 == 0 ? 0 : 1);
  // Bin b holds rows 2b and 2b + 1: p sums to 0.2 b + 0.07, labels to 1 where b is
  // even, to 2 where it is odd.
  double expected = 0;
  for (int b = 0; b < 10; ++b) expected += std::abs(0.2 * b + 0.07 - (b % 2 == 0 ? 1 : 2)) / 20;
  EXPECT_THAT(Ece(ThresholdsOf(MakePredictions(p, labels))), DoubleNear(expected, kExact));
}

// Ties across borders: each of the 4 rows, 0.4 rows to a bin, counts with the mean label
// 1/2 of its probability.
TEST(ClassStatistics, EceOfTiesDoesNotDependOnTheirOrder) {
  const double one = Ece(ThresholdsOf(MakePredictions({0.6, 0.6, 0.6, 0.6}, {1, 1, 0, 0})));
  const double other = Ece(ThresholdsOf(MakePredictions({0.6, 0.6, 0.6, 0.6}, {0, 1, 0, 1})));
  EXPECT_THAT(one, DoubleNear(0.1, kExact));
  EXPECT_EQ(one, other);
}

TEST(ClassStatistics, ThresholdsWithoutRowsChangeNothing) {
  const RocThresholds thresholds = ThresholdsOf(DrawPredictions(3, 40, 8));
  RocThresholds padded;
  for (const Threshold& threshold : thresholds)
    padded.insert(padded.end(), {{threshold.probability - 1e-9, 0, 0}, threshold});
  for (const auto measure :
       {RocAuc, AveragePrecision, Brier, LogLoss, Ece, F1, Mcc, BalancedAccuracy})
    EXPECT_EQ(measure(thresholds), measure(padded));
}

}  // namespace
}  // namespace kallos::measures
