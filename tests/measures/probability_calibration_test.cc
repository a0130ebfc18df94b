#include "lib/measures/probability_calibration.h"

#include <algorithm>

#include "lib/core/csv.h"
#include "lib/core/text.h"
#include "lib/measures/class_statistics.h"
#include "tests/measures/example_predictions.h"

namespace kallos::measures {
namespace {

using testing::DoubleNear;
using testing::HasSubstr;

double LossOf(std::vector<Prediction> predictions, const Correction& correction) {
  for (Prediction& p : predictions) p.probability = correction(p.probability);
  return LogLoss(ThresholdsOf(predictions));
}

// Minima of the mean log loss by scipy.optimize.minimize (BFGS) of 1.10.
TEST(FitCorrections, IsThatOfScipy) {
  const auto validation = MakePredictions(
      {.95, .9, .85, .8, .7, .65, .6, .55, .45, .4, .35, .3, .2, .15, .1, .05, .97, .03, .5, .75},
      {1, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1, 0});
  const std::vector<Correction> fitted = FitCorrections(validation);
  ASSERT_EQ(fitted.size(), 3u);
  EXPECT_EQ(fitted[0].stage, "temperature");
  EXPECT_THAT(fitted[0].temperature, DoubleNear(1.6193312804895659, 1e-5));
  EXPECT_EQ(fitted[0].bias, 0);
  EXPECT_EQ(fitted[1].stage, "prior");
  EXPECT_THAT(fitted[1].bias, DoubleNear(-0.07815558473360362, 1e-5));
  EXPECT_THAT(fitted[2].temperature, DoubleNear(1.615722250429945, 1e-4));
  EXPECT_THAT(fitted[2].bias, DoubleNear(-0.041312862431517675, 1e-5));
  EXPECT_THAT(LossOf(validation, fitted[0]), DoubleNear(0.5801469292409862, 1e-10));
  EXPECT_THAT(LossOf(validation, fitted[2]), DoubleNear(0.5799782288648577, 1e-9));
}

// Labels drawn from the probabilities, which are then spoilt in a known way.
TEST(FitCorrections, FindsWhatWasSpoilt) {
  Stream stream(1, "test/calibration");
  const Correction spoil{"", 0.4, 0.8};
  std::vector<double> probabilities;
  std::vector<int> labels;
  for (int i = 0; i < 20000; ++i) {
    const double p = 0.02 + 0.96 * stream.Uniform();
    labels.push_back(stream.Uniform() < p ? 1 : 0);
    probabilities.push_back(spoil(p));
  }
  const auto rows = MakePredictions(probabilities, labels);
  const std::vector<CalibrationRow> measured = MeasureCalibration(rows, FitCorrections(rows), 1);
  ASSERT_EQ(measured.size(), 4u);
  EXPECT_EQ(measured[0].correction.stage, "as is");
  EXPECT_GT(*measured[0].by_name.at("ece").value, 0.1);
  EXPECT_LT(*measured[3].by_name.at("ece").value, 0.015);
  EXPECT_THAT(measured[3].correction.temperature, DoubleNear(1 / 0.4, 0.15));
  EXPECT_THAT(measured[3].correction.bias, DoubleNear(-0.8 * 0.4, 0.05));
  for (const CalibrationRow& row : measured)
    EXPECT_LE(*row.by_name.at("log_loss").value, *measured[0].by_name.at("log_loss").value + 1e-12);
}

TEST(FitCorrections, NeverWorseOnWhatItWasFittedOnAndOrderedByFreedom) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    const auto rows = DrawPredictions(seed, 60, seed % 2 == 0 ? 0 : 5);
    const double before = LossOf(rows, {});
    std::vector<double> after;
    for (const Correction& correction : FitCorrections(rows))
      after.push_back(LossOf(rows, correction));
    ASSERT_EQ(after.size(), 3u);
    EXPECT_LE(std::max(after[0], after[1]), before + 1e-12);
    EXPECT_LE(after[2], std::min(after[0], after[1]) + 1e-9);
  }
}

// Corrections rise with the probability: which photograph is better than which stays.
TEST(Correction, RisesAndLeavesTheEndsInside) {
  const Correction correction{"", 3, -2};
  double last = -1;
  for (int i = 0; i <= 100; ++i) {
    const double p = correction(i / 100.0);
    EXPECT_GT(p, last);
    EXPECT_TRUE(p > 0 && p < 1);
    last = p;
  }
  EXPECT_EQ(Correction{}(0.3), 0.3) << "none is none, to the bit";
}

TEST(FitCorrections, OneClassOrNothingFitsNothing) {
  EXPECT_TRUE(FitCorrections({}).empty());
  EXPECT_TRUE(FitCorrections(MakePredictions({0.2, 0.4}, {1, 1})).empty());
}

TEST(FitCorrections, PerfectPredictionsStayWithinBounds) {
  for (const Correction& correction :
       FitCorrections(MakePredictions({0, 0.1, 0.9, 1}, {0, 0, 1, 1}))) {
    EXPECT_GE(correction.temperature, 0.05);
    EXPECT_LE(std::abs(correction.bias), 20);
  }
}

TEST(ReliabilityBins, GiveTheCalibrationError) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const RocThresholds thresholds =
        ThresholdsOf(DrawPredictions(seed, 7 + static_cast<int>(seed) * 9, seed % 2 == 0 ? 0 : 4));
    double error = 0;
    int64_t n = 0;
    for (const ReliabilityBin& bin : ReliabilityBins(thresholds)) {
      error += static_cast<double>(bin.n) * std::abs(bin.good - bin.probability);
      n += bin.n;
    }
    EXPECT_THAT(error / static_cast<double>(n), DoubleNear(Ece(thresholds), 1e-12));
    EXPECT_LE(ReliabilityBins(thresholds).size(), 10u);
  }
}

TEST(Calibration, FilesHoldEveryStageAndBin) {
  const auto rows = DrawPredictions(3, 100);
  const auto measured = MeasureCalibration(rows, FitCorrections(DrawPredictions(4, 100)), 1);
  EXPECT_EQ(ParseCsv(FormatCalibrationCsv(measured), "c.csv").rows.size(), 4u * 3);
  const CsvTable bins = ParseCsv(FormatReliabilityCsv(measured), "r.csv");
  EXPECT_EQ(bins.rows.size(), 4u * 10);
  EXPECT_EQ(bins.columns.size(), 8u);
  EXPECT_THAT(FormatCalibrationMarkdown(measured), HasSubstr("| test      | as is "));
}

// What validation cannot tell is said.
TEST(CalibrationNotes, NameWhatValidationCannotTell) {
  const auto judged = MakePredictions({.9, .2, .6}, {1, 0, 1}, "judged");
  const auto notes = [&](const std::vector<Prediction>& validation) {
    return Join(CalibrationNotes(validation, FitCorrections(validation), judged), "\n");
  };
  EXPECT_EQ(notes(DrawPredictions(3, 200)), "");
  EXPECT_EQ(notes({}), "");
  EXPECT_THAT(notes(MakePredictions({.9, .8}, {1, 1}, "val")),
              HasSubstr("all 2 validation rows are of one class"));
  EXPECT_THAT(notes(MakePredictions({.9, .8, .1, .2}, {1, 1, 0, 0}, "val")),
              HasSubstr("'temperature' ends at its bound"));
  EXPECT_THAT(notes(MakePredictions({.9, .9, .9, .9}, {1, 0, 1, 0}, "val")),
              HasSubstr("'temperature' ends at its bound"));
  EXPECT_THAT(notes(judged), HasSubstr("3 of 3 validation rows have the id of a judged row"));
}

TEST(FitCorrections, WhatIsCalibratedStays) {
  for (const Correction& correction : FitCorrections(
           MakePredictions({.75, .75, .75, .75, .25, .25, .25, .25}, {1, 1, 1, 0, 0, 0, 0, 1}))) {
    EXPECT_EQ(correction.temperature, 1) << correction.stage;
    EXPECT_EQ(correction.bias, 0) << correction.stage;
  }
}

}  // namespace
}  // namespace kallos::measures
