// Laws that every line of the table keeps: a new measure is tested by them
// as soon as it has a line.
#include "lib/measures/measure_table.h"

#include <algorithm>
#include <cmath>

#include "lib/core/rng.h"
#include "lib/measures/classification.h"
#include "lib/measures/results.h"
#include "lib/measures/score_measures.h"
#include "tests/measures/example_predictions.h"

namespace kallos::measures {
namespace {

using testing::ElementsAre;

bool IsBetter(const MeasureInfo& info, double a, double b) {
  return info.direction == Direction::kHigherIsBetter ? a > b : a < b;
}

// Distributions of five ratings about a true mean; predictions with noise of sd `noise`.
std::vector<ScoredPrediction> DrawScores(double noise) {
  std::vector<ScoredPrediction> rows;
  for (int i = 0; i < 60; ++i) {
    Stream stream(1, "test/scores", static_cast<uint64_t>(i));
    const double truth = 1.5 + 3 * stream.Uniform();
    const double predicted = std::clamp(truth + noise * stream.Normal(), 1.0, 5.0);
    const auto shares = [](double mean) {
      Shares levels;
      double sum = 0;
      for (int k = 1; k <= 5; ++k) levels.push_back(std::exp(-(k - mean) * (k - mean)));
      for (const double share : levels) sum += share;
      for (double& share : levels) share /= sum;
      return levels;
    };
    rows.push_back({fmt::format("p{:03}", i), "test", truth, predicted, 0.3, "", shares(truth),
                    shares(predicted)});
  }
  return rows;
}

// What is better has the better value, by the direction of the line.
TEST(MeasureTable, DirectionIsThatOfTheFunctionOfClasses) {
  const RocThresholds good = ThresholdsOf(MakePredictions({0.05, 0.05, 0.95, 0.95}, {0, 0, 1, 1}));
  const RocThresholds poor = ThresholdsOf(MakePredictions({0.05, 0.95, 0.05, 0.95}, {0, 0, 1, 1}));
  for (const MeasureInfo& info : ClassMeasures())
    EXPECT_TRUE(IsBetter(info, info.of_classes(good), info.of_classes(poor))) << info.key;
}

TEST(MeasureTable, DirectionIsThatOfTheFunctionOfScores) {
  const Measures good = MeasureScores(DrawScores(0.1), 1), poor = MeasureScores(DrawScores(2), 1);
  for (const MeasureInfo& info : ScoreMeasures())
    EXPECT_TRUE(IsBetter(info, *good.by_name.at(info.key).value, *poor.by_name.at(info.key).value))
        << info.key;
}

// The same verdicts with other probabilities.
TEST(MeasureTable, OfProbabilitiesIsWhatVerdictsDoNotDecide) {
  const std::vector<int> labels = {0, 1, 0, 1};
  const RocThresholds a = ThresholdsOf(MakePredictions({0.05, 0.45, 0.55, 0.95}, labels));
  const RocThresholds b = ThresholdsOf(MakePredictions({0.45, 0.05, 0.95, 0.55}, labels));
  for (const MeasureInfo& info : ClassMeasures())
    EXPECT_EQ(info.of_classes(a) != info.of_classes(b), info.of_probabilities) << info.key;
}

// With noise and ties everything is defined, inside its interval, and the function's value.
TEST(MeasureTable, EveryMeasureHasItsValueInsideItsInterval) {
  const std::vector<Prediction> rows = DrawPredictions(1, 80, 20);
  const Measures classes = MeasureClassification(rows, 1),
                 scores = MeasureScores(DrawScores(0.5), 1);
  for (const MeasureInfo& info : ClassMeasures())
    EXPECT_NEAR(*classes.by_name.at(info.key).value, info.of_classes(ThresholdsOf(rows)), 1e-15);
  for (const Measures* measures : {&classes, &scores}) {
    for (const auto& [key, measure] : measures->by_name) {
      ASSERT_TRUE(measure.value && measure.low && measure.high) << key << ": " << measure.why;
      EXPECT_LE(*measure.low, *measure.value) << key;
      EXPECT_GE(*measure.high, *measure.value) << key;
    }
  }
  EXPECT_EQ(classes.by_name.size(), ClassMeasures().size());
  EXPECT_EQ(scores.by_name.size(), ScoreMeasures().size());
}

// What a line says that it needs is what is missing where it is undefined.
TEST(MeasureTable, WithoutWhatItNeedsItIsUndefined) {
  const Measures bad_only = MeasureClassification(MakePredictions({0.2, 0.7}, {0, 0}), 1);
  for (const MeasureInfo& info : ClassMeasures()) {
    const bool defined = info.needs == Needs::kNothing || info.needs == Needs::kBad;
    EXPECT_EQ(bad_only.by_name.at(info.key).value.has_value(), defined) << info.key;
    EXPECT_EQ(info.interval == IntervalMethod::kWilson, info.is_trial != nullptr) << info.key;
  }
  std::vector<ScoredPrediction> bare = DrawScores(0.5);
  for (ScoredPrediction& row : bare) row.sd.reset(), row.ratings = row.predicted = {};
  const Measures without = MeasureScores(bare, 1);
  for (const MeasureInfo& info : ScoreMeasures()) {
    const bool defined = info.needs != Needs::kOpinionSds && info.needs != Needs::kDistributions;
    EXPECT_EQ(without.by_name.at(info.key).value.has_value(), defined) << info.key;
  }
}

// A table for people shows every measure of classes, by its title and in the order of the lines.
TEST(MeasureTable, TablesHaveAColumnForEachLine) {
  Report report;
  report.benchmarks = {{"b", MeasureClassification(DrawPredictions(1, 40), 1)}};
  const std::string text = FormatMarkdown({report});
  size_t at = 0;
  for (const MeasureInfo& info : ClassMeasures()) {
    const size_t next = text.find("| " + info.title + " ");
    EXPECT_LT(next, text.find('\n')) << info.title;
    EXPECT_GT(next, at) << info.title;
    at = next;
  }
}

TEST(MeasureTable, UnknownKeysComeLastUnderTheirOwnName) {
  std::vector<std::string> titles;
  for (const MeasureInfo& info : MeasuresOf({"zeta", "ece", "accuracy", "alpha"}))
    titles.push_back(info.title);
  EXPECT_THAT(titles, ElementsAre("accuracy %", "ECE", "alpha", "zeta"));
}

}  // namespace
}  // namespace kallos::measures
