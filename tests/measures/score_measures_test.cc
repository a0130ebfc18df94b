#include "lib/measures/score_measures.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/rng.h"
#include "lib/measures/logistic_fit.h"

namespace kallos::measures {
namespace {

using testing::HasSubstr;

const std::vector<double> kX = {1.2, 3.4, 2.2, 5.0, 4.1, 4.1, 0.3, 2.9};
const std::vector<double> kY = {30, 55, 41, 80, 60, 72, 25, 41};

// y is a logistic curve from 20 to 80 about 0.55 with noise of 3.
const std::vector<double> kNoisy = {
    26.7298, 13.0828, 22.18,   19.4387, 20.0498, 21.0866, 16.0717, 21.9215, 20.6118, 33.8906,
    25.4587, 24.7522, 26.1881, 26.4664, 26.9817, 30.9054, 35.7165, 36.0071, 42.2905, 41.7226,
    45.4622, 53.1963, 53.3961, 53.4073, 57.4282, 62.4839, 69.339,  65.1515, 67.3963, 73.0387,
    69.0243, 72.2245, 76.9487, 77.0529, 76.4306, 78.8671, 68.9512, 80.9758, 75.4233, 73.6155};

std::vector<double> Grid() {
  std::vector<double> x;
  for (int i = 0; i < 40; ++i) x.push_back(std::round(1e6 * i / 39.0) / 1e6);
  return x;
}

std::vector<ScoredPrediction> Rows(const std::vector<double>& predictions,
                                   const std::vector<double>& scores) {
  std::vector<ScoredPrediction> rows;
  for (size_t i = 0; i < scores.size(); ++i)
    rows.push_back({fmt::format("p{:05}", i), "test", scores[i], predictions[i], {}, ""});
  return rows;
}

TEST(ScoreMeasures, ErrorsOfTheNumbersAsTheyAre) {
  const Measures m = MeasureScores(Rows(kX, kY), 1);
  EXPECT_NEAR(*m.by_name.at("rmse").value, 50.521480580046344, 1e-12);
  EXPECT_NEAR(*m.by_name.at("mae").value, 47.6, 1e-12);
}

// scipy.optimize.curve_fit from the same start
TEST(LogisticFit, IsThatOfScipy) {
  const std::vector<double> x = Grid();
  const std::optional<Logistic> curve = FitLogistic(x, kNoisy);
  ASSERT_TRUE(curve);
  EXPECT_NEAR(curve->b1, 77.54858293, 1e-4);
  EXPECT_NEAR(curve->b2, 19.78202173, 1e-4);
  EXPECT_NEAR(curve->b3, 0.52947177, 1e-6);
  EXPECT_NEAR(std::abs(curve->b4), 0.10796861, 1e-6);
  const Measures m = MeasureScores(Rows(x, kNoisy), 1);
  EXPECT_NEAR(*m.by_name.at("plcc_fitted").value, 0.9886851171123348, 1e-8);
  EXPECT_NEAR(*m.by_name.at("rmse_fitted").value, 3.346628695499294, 1e-6);
}

TEST(LogisticFit, RecoversCurvesThatRiseOrFall) {
  for (const double sign : {1.0, -1.0}) {
    const Logistic truth{sign > 0 ? 90.0 : 10.0, sign > 0 ? 10.0 : 90.0, 3, 0.7};
    std::vector<double> x, y;
    for (int i = 0; i < 60; ++i) x.push_back(0.1 * i), y.push_back(truth(x.back()));
    const std::optional<Logistic> curve = FitLogistic(x, y);
    ASSERT_TRUE(curve) << sign;
    for (const double at : {0.0, 2.0, 5.0}) EXPECT_NEAR((*curve)(at), truth(at), 1e-4);
  }
  EXPECT_FALSE(FitLogistic(std::vector<double>(10, 1.0), Grid()));
  EXPECT_FALSE(FitLogistic(std::vector<double>{1, 2, 3, 4}, std::vector<double>{1, 2, 3, 4}));
}

TEST(LogisticFit, NeitherPlaceNorUnitOfThePredictionsMatters) {
  const std::vector<double> x = Grid();
  const Logistic plain = *FitLogistic(x, kNoisy);
  for (const auto& [shift, scale] :
       std::vector<std::pair<double, double>>{{1e9, 1}, {0, 1e6}, {-5, 1e-6}, {3, 1e50}}) {
    std::vector<double> moved;
    for (const double value : x) moved.push_back(shift + scale * value);
    const std::optional<Logistic> curve = FitLogistic(moved, kNoisy);
    ASSERT_TRUE(curve) << shift << ' ' << scale;
    for (size_t i = 0; i < x.size(); i += 5)
      EXPECT_NEAR((*curve)(moved[i]), plain(x[i]), 1e-3) << shift << ' ' << scale;
  }
}

// Their best curves are limits of logistic ones.
TEST(LogisticFit, LinesAndExponentialsAreFitted) {
  Stream stream(1, "test/limits");
  for (const bool straight : {true, false}) {
    std::vector<double> x, y;
    for (int i = 0; i < 120; ++i) {
      x.push_back(i / 120.0);
      y.push_back((straight ? x.back() : std::exp(3 * x.back())) + 0.02 * stream.Normal());
    }
    const std::optional<Logistic> curve = FitLogistic(x, y);
    ASSERT_TRUE(curve) << straight;
    double square = 0;
    for (size_t i = 0; i < x.size(); ++i) square += std::pow((*curve)(x[i]) - y[i], 2) / 120;
    EXPECT_LT(std::sqrt(square), straight ? 0.03 : 0.15);
  }
}

TEST(ScoreMeasures, FilesOfScoresReadBack) {
  const fs::path file =
      fs::path(testing::TempDir()) / fmt::format("kallos_scores_{}.csv", getpid());
  std::vector<ScoredPrediction> rows = Rows(kX, kY);
  rows[2].sd = 1.5;
  rows[3].group = "g";
  PublishBytes(file, FormatScoredPredictions(rows));
  EXPECT_EQ(KindOf(file), PredictionKind::kScores);
  const std::vector<ScoredPrediction> read = ReadScoredPredictions(file);
  ASSERT_EQ(read.size(), rows.size());
  EXPECT_EQ(read[2].sd, 1.5);
  EXPECT_FALSE(read[1].sd);
  EXPECT_EQ(read[3].group, "g");
  EXPECT_EQ(read[4].prediction, rows[4].prediction);
  PublishBytes(file, "id,label,probability,score\na,1,0.5,3\n");
  EXPECT_EQ(KindOf(file), PredictionKind::kClasses);
  PublishBytes(file, "id,label,probability,score,prediction\na,1,0.5,3,4\n");
  EXPECT_THROW(KindOf(file), Error);
  PublishBytes(file, "id,score,prediction\na,1e200,4\n");
  EXPECT_THROW(ReadScoredPredictions(file), Error);
  fs::remove(file);
}

TEST(ScoreMeasures, WhatIsUndefinedSaysWhy) {
  const Measures constant = MeasureScores(Rows(std::vector<double>(40, 5), kNoisy), 1);
  EXPECT_FALSE(constant.by_name.at("srcc").value);
  EXPECT_EQ(constant.by_name.at("krcc").why, "all predictions are equal");
  EXPECT_EQ(constant.by_name.at("plcc_fitted").why, "all predictions are equal");
  EXPECT_TRUE(constant.by_name.at("rmse").value);
  EXPECT_EQ(MeasureScores(Rows(Grid(), std::vector<double>(40, 1)), 1).by_name.at("srcc").why,
            "all scores are equal");
  const Measures few = MeasureScores(Rows({1, 2, 3}, {3, 4, 9}), 1);
  EXPECT_THAT(few.by_name.at("plcc_fitted").why, HasSubstr("5 rows"));
  EXPECT_EQ(MeasureScores(Rows({1}, {2}), 1).n, 1);
  EXPECT_THAT(MeasureScores(Rows(Grid(), kNoisy), 1).by_name.at("outlier_ratio").why,
              HasSubstr("no sd"));
}

TEST(ScoreMeasures, OutliersAreBeyondTwoSd) {
  std::vector<ScoredPrediction> rows = Rows(Grid(), kNoisy);
  for (ScoredPrediction& row : rows) row.sd = 3;
  const Logistic curve = *FitLogistic(Grid(), kNoisy);
  double outliers = 0;
  for (const ScoredPrediction& row : rows)
    outliers += std::abs(curve(row.prediction) - row.score) > 6 ? 1 : 0;
  EXPECT_GT(outliers, 0);
  EXPECT_DOUBLE_EQ(*MeasureScores(rows, 1).by_name.at("outlier_ratio").value, outliers / 40);
}

TEST(ScoreMeasures, IntervalsHoldTheValueAndGrowWithGroups) {
  std::vector<ScoredPrediction> rows;
  Stream stream(1, "test/scores");
  for (int i = 0; i < 200; ++i) {
    const double score = stream.Normal();
    rows.push_back({fmt::format("p{:04}", i), "test", score, score + stream.Normal(), {}, ""});
  }
  const Measure alone = MeasureScores(rows, 1).by_name.at("srcc");
  EXPECT_LT(*alone.low, *alone.value);
  EXPECT_GT(*alone.high, *alone.value);
  std::vector<ScoredPrediction> copies = rows;
  for (size_t i = 0; i < rows.size(); ++i) {
    copies[i].group = rows[i].id;
    copies.push_back(copies[i]);
    copies.back().id += "-again";
  }
  const Measure grouped = MeasureScores(copies, 1).by_name.at("srcc");
  EXPECT_NEAR(*grouped.high - *grouped.low, *alone.high - *alone.low, 0.03)
      << "copies tell nothing new";
  std::reverse(rows.begin(), rows.end());
  EXPECT_EQ(MeasureScores(rows, 1).by_name.at("srcc").low, alone.low)
      << "the order does not matter";
}

// r = 1 is the area between the cumulative shares, which scipy.stats.wasserstein_distance gives
// over the number of ratings: wasserstein_distance(range(1, 6), range(1, 6), p, q) / 5.
TEST(EarthMoversDistance, KnownAnswers) {
  const Shares p = {0.1, 0.2, 0.4, 0.2, 0.1}, q = {0.05, 0.05, 0.3, 0.4, 0.2};
  EXPECT_NEAR(EarthMoversDistance(p, q, 1), 0.65 / 5, 1e-15);
  EXPECT_NEAR(EarthMoversDistance(p, q, 2),
              std::sqrt((0.05 * 0.05 + 0.2 * 0.2 + 0.3 * 0.3 + 0.1 * 0.1) / 5), 1e-15);
  EXPECT_EQ(EarthMoversDistance(p, p, 1), 0);
  EXPECT_NEAR(EarthMoversDistance({1, 0, 0}, {0, 0, 1}, 1), 2.0 / 3, 1e-15) << "as far as can be";
  EXPECT_TRUE(std::isnan(EarthMoversDistance({}, {}, 1)));
}

TEST(EarthMoversDistance, LawsOnRandomShares) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    Stream stream(seed, "test/shares");
    const auto draw = [&] {
      Shares shares(10);
      double sum = 0;
      for (double& share : shares) sum += share = stream.Uniform();
      for (double& share : shares) share /= sum;
      return shares;
    };
    const Shares p = draw(), q = draw(), via = draw();
    for (const int r : {1, 2}) {
      const double distance = EarthMoversDistance(p, q, r);
      EXPECT_NEAR(distance, EarthMoversDistance(q, p, r), 1e-15);
      EXPECT_LE(distance, EarthMoversDistance(p, via, r) + EarthMoversDistance(via, q, r) + 1e-15);
    }
    EXPECT_LE(EarthMoversDistance(p, q, 1), EarthMoversDistance(p, q, 2) + 1e-15);
  }
}

TEST(ScoreMeasures, DistributionsGiveMeansSdsAndDistances) {
  const fs::path file =
      fs::path(testing::TempDir()) / fmt::format("kallos_ratings_{}.csv", getpid());
  PublishBytes(file,
               "id,rating_1,rating_2,rating_3,predicted_1,predicted_2,predicted_3\n"
               "a,2,1,1,0.5,0.25,0.25\nb,0,4,0,0,0.5,0.5\nc,0,0,7,0.1,0.1,0.8\n");
  EXPECT_EQ(KindOf(file), PredictionKind::kDistributions);
  const std::vector<ScoredPrediction> rows = ReadScoredPredictions(file);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_DOUBLE_EQ(rows[0].score, 1.75);
  EXPECT_DOUBLE_EQ(rows[0].sd.value(),
                   std::sqrt(0.5 * 0.75 * 0.75 + 0.25 * 0.25 * 0.25 + 0.25 * 1.25 * 1.25));
  EXPECT_FALSE(rows[1].sd) << "all opinions are the same";
  EXPECT_DOUBLE_EQ(rows[1].prediction, 2.5);
  const Measures m = MeasureScores(rows, 1);
  EXPECT_NEAR(*m.by_name.at("emd_1").value, (0 + 0.5 / 3 + 0.3 / 3) / 3, 1e-15);
  EXPECT_NEAR(*m.by_name.at("srcc").value, 1, 1e-15);
  PublishBytes(file, FormatScoredPredictions(rows));
  const std::vector<ScoredPrediction> again = ReadScoredPredictions(file);
  for (size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(again[i].ratings, rows[i].ratings);
  fs::remove(file);
}

TEST(ScoreMeasures, DistributionsThatAreNoneAreRefused) {
  const fs::path file =
      fs::path(testing::TempDir()) / fmt::format("kallos_bad_ratings_{}.csv", getpid());
  const auto message = [&](const std::string& text) {
    PublishBytes(file, text);
    try {
      ReadScoredPredictions(file);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_THAT(message("id,rating_1,rating_2,rating_3,predicted_1,predicted_2\na,1,1,1,1,1\n"),
              HasSubstr("rating_1 to rating_3 but predicted_1 to predicted_2"));
  EXPECT_THAT(message("id,rating_1,predicted_1\na,1,1\n"),
              HasSubstr("column 'rating_2' is missing"));
  EXPECT_THAT(message("id,rating_1,rating_2,predicted_1,predicted_2\na,0,0,1,1\n"),
              HasSubstr("are all 0"));
  EXPECT_THAT(message("id,rating_1,rating_2,predicted_1,predicted_2\na,1,0,1,-0.5\n"),
              HasSubstr(".csv:2: predicted_2 is below 0"));
  EXPECT_THAT(message("id,score,prediction,rating_1,predicted_1\na,1,0,1,1\n"),
              HasSubstr("leave one pair out"));
  fs::remove(file);
}

}  // namespace
}  // namespace kallos::measures
