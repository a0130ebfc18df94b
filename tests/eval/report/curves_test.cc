#include "eval/report/curves.h"

#include "eval/report/search_charts.h"
#include "lib/measures/intervals.h"
#include "tests/measures/example_predictions.h"

namespace kallos::report {
namespace {

using measures::DrawPredictions;
using measures::MakePredictions;
using measures::RocThresholds;
using measures::ThresholdsOf;

// Of the polygon below the points.
double AreaOf(const std::vector<document::Point>& points) {
  double area = 0;
  for (size_t i = 1; i < points.size(); ++i)
    area += (points[i].x - points[i - 1].x) * (points[i].y + points[i - 1].y) / 2;
  return area;
}

void ExpectMonotone(const std::vector<document::Point>& points) {
  for (size_t i = 1; i < points.size(); ++i) EXPECT_GE(points[i].x, points[i - 1].x);
}

// What is drawn and what is measured agree, with ties and without.
TEST(Curves, AreasAreTheMeasures) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const int n = 2 + static_cast<int>(seed) * 3;
    const RocThresholds thresholds =
        ThresholdsOf(DrawPredictions(seed, n, seed % 3 == 0 ? 0 : static_cast<int>(seed % 7) + 1));
    const std::vector<document::Point> roc = RocCurve(thresholds),
                                       pr = PrecisionRecallCurve(thresholds);
    EXPECT_NEAR(AreaOf(roc), measures::RocAuc(thresholds), 1e-12);
    EXPECT_NEAR(AreaOf(pr), measures::AveragePrecision(thresholds), 1e-12);
    ExpectMonotone(roc);
    ExpectMonotone(pr);
    EXPECT_EQ(roc.front().x, 0);
    EXPECT_NEAR(roc.back().x, 1, 1e-12);
    EXPECT_NEAR(roc.back().y, 1, 1e-12);
    EXPECT_EQ(pr.front().x, 0);
    EXPECT_NEAR(pr.back().x, 1, 1e-12);
  }
}

// The example of scikit-learn's guide to roc_curve: y = 0 0 1 1, scores 0.1 0.4 0.35 0.8.
TEST(Curves, KnownRoc) {
  const std::vector<document::Point> roc =
      RocCurve(ThresholdsOf(MakePredictions({0.1, 0.4, 0.35, 0.8}, {0, 0, 1, 1})));
  const std::vector<std::pair<double, double>> expected = {
      {0, 0}, {0, 0.5}, {0.5, 0.5}, {0.5, 1}, {1, 1}};
  ASSERT_EQ(roc.size(), expected.size());
  for (size_t i = 0; i < roc.size(); ++i) EXPECT_EQ(std::pair(roc[i].x, roc[i].y), expected[i]);
}

TEST(Curves, AConstantPredictorIsTheDiagonal) {
  const RocThresholds thresholds =
      ThresholdsOf(MakePredictions({0.5, 0.5, 0.5, 0.5}, {1, 0, 1, 0}));
  EXPECT_EQ(RocCurve(thresholds).size(), 2u);
  EXPECT_EQ(PrecisionRecallCurve(thresholds).size(), 2u);
  EXPECT_EQ(PrecisionRecallCurve(thresholds)[0].y, 0.5);
}

TEST(Reliability, TenBinsWithWilsonsIntervals) {
  std::vector<double> probabilities;
  std::vector<int> labels;
  for (int i = 0; i < 100; ++i) {
    probabilities.push_back((i + 0.5) / 100);
    labels.push_back(i % 10 < i / 10 ? 1 : 0);  // bin b: b good ones of 10
  }
  const std::vector<document::Point> curve =
      ReliabilityCurve(ThresholdsOf(MakePredictions(probabilities, labels)));
  ASSERT_EQ(curve.size(), 10u);
  for (size_t bin = 0; bin < 10; ++bin) {
    const double share = static_cast<double>(bin) / 10;
    EXPECT_NEAR(curve[bin].x, share + 0.05, 1e-12);
    EXPECT_NEAR(curve[bin].y, share, 1e-12);
    EXPECT_NEAR(*curve[bin].low, measures::WilsonInterval(share, 10).low, 1e-12);
    EXPECT_NEAR(*curve[bin].high, measures::WilsonInterval(share, 10).high, 1e-12);
  }
}

TEST(Thinned, LongCurvesKeepTheirShape) {
  const RocThresholds thresholds = ThresholdsOf(DrawPredictions(3, 50'000));
  const std::vector<document::Point> whole = RocCurve(thresholds), thin = Thinned(whole);
  EXPECT_LT(thin.size(), 2'100u);
  EXPECT_NEAR(AreaOf(thin), AreaOf(whole), 1e-3);
  EXPECT_EQ(thin.back().x, whole.back().x);
  const std::vector<document::Point> few = RocCurve(ThresholdsOf(DrawPredictions(3, 100)));
  EXPECT_EQ(Thinned(few).size(), few.size());
}

TEST(Courses, LongOnesAreThinnedAndEndWhereTheyEnd) {
  Course course{"ga", {}};
  for (int64_t generation = 0; generation <= 6000; ++generation) {
    course.history.emplace_back();
    course.history.back().generation = generation;
  }
  const Course thinned = Thinned(course);
  EXPECT_LE(thinned.history.size(), 501u);
  EXPECT_GE(thinned.history.size(), 400u);
  EXPECT_EQ(thinned.history.front().generation, 0);
  EXPECT_EQ(thinned.history[1].generation, 13);
  EXPECT_EQ(thinned.history.back().generation, 6000);
  course.history.resize(500);
  EXPECT_EQ(Thinned(course).history.size(), 500u);
  EXPECT_TRUE(Thinned(Course{"none", {}}).history.empty());
}

}  // namespace
}  // namespace kallos::report
