#include "lib/measures/intervals.h"

#include "lib/measures/paired.h"
#include "lib/parallel/parallel.h"
#include "tests/measures/example_predictions.h"

namespace kallos::measures {
namespace {

using testing::DoubleNear;
using testing::HasSubstr;

AucInterval AucIntervalOf(const std::vector<Prediction>& predictions) {
  return RocAucInterval(predictions, ThresholdsOf(predictions), GroupsOf(predictions));
}

// The intervals of a published table of accuracies, in per cent to one decimal.
TEST(Intervals, WilsonOfPublishedCounts) {
  struct Row {
    int successes, n;
    double low, high;
  };
  for (const Row& row : std::vector<Row>{{105, 111, 88.7, 97.5},
                                         {986, 1034, 93.9, 96.5},
                                         {191, 200, 91.7, 97.6},
                                         {188, 200, 89.8, 96.5},
                                         {934, 1000, 91.7, 94.8},
                                         {88, 111, 70.8, 85.8},
                                         {160, 200, 73.9, 85.0},
                                         {825, 1000, 80.0, 84.7}}) {
    const Interval interval = WilsonInterval(row.successes / static_cast<double>(row.n), row.n);
    EXPECT_THAT(100 * interval.low, DoubleNear(row.low, 0.05001)) << row.successes;
    EXPECT_THAT(100 * interval.high, DoubleNear(row.high, 0.05001)) << row.successes;
  }
}

// Not by simulation: the binomial sum over all outcomes whose interval holds the truth.
TEST(Intervals, WilsonCoversNinetyFivePerCent) {
  for (const int n : {111, 200}) {
    for (double p = 0.5; p < 0.951; p += 0.005) {
      double coverage = 0;
      for (int k = 0; k <= n; ++k) {
        const Interval interval = WilsonInterval(static_cast<double>(k) / n, n);
        if (interval.low > p || interval.high < p) continue;
        coverage += std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) +
                             k * std::log(p) + (n - k) * std::log(1 - p));
      }
      EXPECT_GT(coverage, 0.93) << n << ' ' << p;
      EXPECT_LT(coverage, 0.97) << n << ' ' << p;
    }
  }
}

TEST(Intervals, WilsonContainsItsEstimateAndMirrors) {
  for (int n = 1; n < 40; ++n) {
    for (int k = 0; k <= n; ++k) {
      const double p = static_cast<double>(k) / n;
      const Interval a = WilsonInterval(p, n), b = WilsonInterval(1 - p, n);
      EXPECT_LE(0, a.low);
      EXPECT_LE(a.low, p);
      EXPECT_LE(p, a.high);
      EXPECT_LE(a.high, 1);
      EXPECT_LT(a.low, a.high);
      EXPECT_THAT(a.low, DoubleNear(1 - b.high, 1e-12));
    }
  }
}

TEST(Intervals, ProportionOfSingleTrialsIsWilson) {
  std::vector<Trials> trials(111, {1, 1});
  for (size_t i = 0; i < 6; ++i) trials[i].successes = 0;
  trials.insert(trials.end(), 20, {0, 0});  // groups without a trial do not count
  const Interval a = ProportionInterval(trials), b = WilsonInterval(105.0 / 111, 111);
  EXPECT_EQ(a.low, b.low);
  EXPECT_EQ(a.high, b.high);
}

// Design effects 1.9243, and 3.9772 cut to 3.7778, by the formulas in NumPy.
TEST(Intervals, ProportionOfGroups) {
  const Interval interval = ProportionInterval({{3, 4}, {1, 4}, {2, 4}, {4, 4}, {1, 2}, {0, 3}});
  EXPECT_THAT(interval.low, DoubleNear(0.26270011170256874, 1e-12));
  EXPECT_THAT(interval.high, DoubleNear(0.7725211203363053, 1e-12));
  const Interval alike = ProportionInterval({{4, 4}, {0, 4}, {4, 4}, {4, 4}, {1, 2}});
  EXPECT_THAT(alike.low, DoubleNear(0.30777422272664534, 1e-12));
  EXPECT_THAT(alike.high, DoubleNear(0.9382874239989587, 1e-12));
}

// Half of the groups have rows that are all alike, half independent ones.
TEST(Intervals, ProportionOfGroupsCovers) {
  constexpr int kRounds = 2000;
  for (const int64_t size : {6, 30}) {
    for (const int groups : {50, 111}) {
      for (const double p : {0.5, 0.8, 0.95, 0.98}) {
        Stream stream(7, "tests/eval/coverage", static_cast<uint64_t>(size),
                      static_cast<uint64_t>(groups));
        int covered = 0;
        for (int round = 0; round < kRounds; ++round) {
          std::vector<Trials> trials;
          for (int g = 0; g < groups; ++g) {
            const bool is_alike = stream.Uniform() < 0.5, right = stream.Uniform() < p;
            int64_t successes = 0;
            for (int64_t i = 0; i < size; ++i) successes += is_alike ? right : stream.Uniform() < p;
            trials.push_back({successes, size});
          }
          const Interval interval = ProportionInterval(trials);
          covered += interval.low <= p && p <= interval.high;
        }
        EXPECT_GE(covered, 0.91 * kRounds) << size << " x " << groups << " at " << p;
      }
    }
  }
}

// One wrong row more does not make a model look surer.
TEST(Intervals, ProportionOfGroupsNarrowsSmoothly) {
  std::vector<Trials> groups(111, {30, 30});
  const Interval perfect = ProportionInterval(groups);
  groups[0].successes = 29;
  const Interval nearly = ProportionInterval(groups);
  EXPECT_THAT(nearly.low, DoubleNear(perfect.low, 0.005));
}

// Groups whose rows are copies of each other are worth one row each, up to n / (n - 1).
TEST(Intervals, CopiesAddNothing) {
  std::vector<Trials> once, thrice;
  for (int i = 0; i < 60; ++i) {
    once.push_back({i % 4 == 0 ? 0 : 1, 1});
    thrice.push_back({i % 4 == 0 ? 0 : 3, 3});
  }
  const Interval a = ProportionInterval(once), b = ProportionInterval(thrice);
  EXPECT_THAT(b.high - b.low, DoubleNear(a.high - a.low, 2e-3));
  const Interval perfect = ProportionInterval({{3, 3}, {3, 3}, {3, 3}});
  EXPECT_EQ(perfect.low, WilsonInterval(1, 3).low);
}

// Hanley and McNeil, Radiology 1982: 109 CT images rated 1 to 5. DeLong's interval as Stata's
// roctab prints it.
TEST(Intervals, DeLongOfHanleyAndMcNeil) {
  const int normal[] = {33, 6, 6, 11, 2};
  const int abnormal[] = {3, 2, 2, 11, 33};
  std::vector<double> p;
  std::vector<int> labels;
  for (int rating = 0; rating < 5; ++rating) {
    for (int i = 0; i < normal[rating] + abnormal[rating]; ++i) {
      p.push_back(rating / 4.0);
      labels.push_back(i < normal[rating] ? 0 : 1);
    }
  }
  const auto predictions = MakePredictions(p, labels);
  EXPECT_THAT(RocAuc(ThresholdsOf(predictions)), DoubleNear(0.8932, 5e-5));
  const AucInterval interval = AucIntervalOf(predictions);
  EXPECT_THAT(interval.interval.low, DoubleNear(0.83295, 1e-5));
  EXPECT_THAT(interval.interval.high, DoubleNear(0.95339, 1e-5));
  EXPECT_EQ(interval.why, "");
}

// 12 groups of one to four rows; interval by Obuchowski's formulas on the kernel matrix in NumPy,
// there not cut to 1.
TEST(Intervals, AucOfGroups) {
  const std::vector<int> group = {0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3,  3,  3,  4,  4,  4, 5,
                                  5, 5, 5, 6, 6, 6, 6, 7, 8, 9, 9, 10, 10, 11, 11, 11, 11};
  const std::vector<int> label = {0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0,
                                  1, 1, 0, 1, 1, 1, 0, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0};
  const std::vector<double> p = {0.4, 0.3, 0.5, 0.3, 0.9, 1.0, 0.7, 0.3, 0.2, 0.3, 0.1, 0.2,
                                 0.3, 0.4, 0.6, 0.2, 0.6, 0.5, 0.4, 0.6, 0.4, 0.8, 0.8, 0.6,
                                 0.3, 0.2, 0.9, 0.4, 0.7, 0.3, 0.2, 0.6, 0.4, 0.3, 0.2};
  auto predictions = MakePredictions(p, label);
  for (size_t i = 0; i < group.size(); ++i) predictions[i].group = fmt::format("g{}", group[i]);
  const AucInterval interval = AucIntervalOf(predictions);
  EXPECT_THAT(interval.interval.low, DoubleNear(0.8982263934760639, 1e-12));
  EXPECT_EQ(interval.interval.high, 1);
}

// 8 good and 5 bad in perfect order: 5 disjoint pairs, all right.
TEST(Intervals, PerfectAucIsNotCertain) {
  const AucInterval interval = AucIntervalOf(FromCounts(8, 0, 0, 5));
  EXPECT_EQ(interval.interval.low, WilsonInterval(1, 5).low);
  EXPECT_EQ(interval.interval.high, 1);
  EXPECT_THAT(interval.why, HasSubstr("5 disjoint pairs"));
}

TEST(Intervals, ConstantPredictionsAndLoneRows) {
  const AucInterval constant = AucIntervalOf(MakePredictions({0.3, 0.3, 0.3, 0.3}, {0, 1, 0, 1}));
  EXPECT_EQ(constant.interval.low, WilsonInterval(0.5, 2).low);
  const AucInterval lone = AucIntervalOf(MakePredictions({0.3, 0.2, 0.5, 0.1}, {1, 0, 0, 0}));
  EXPECT_THAT(lone.why, HasSubstr("1 disjoint pairs"));
  EXPECT_LT(lone.interval.low, 2.0 / 3);
  auto one_group = FromCounts(2, 0, 0, 2);
  for (Prediction& p : one_group) p.group = "all";
  EXPECT_THAT(AucIntervalOf(one_group).why, HasSubstr("1 disjoint pairs"));
}

TEST(Intervals, GroupsByName) {
  auto predictions = MakePredictions({0, 0, 0, 0, 0}, {0, 0, 0, 0, 0});
  predictions[1].group = predictions[4].group = "x";
  EXPECT_EQ(GroupsOf(predictions), (Groups{{0}, {1, 4}, {2}, {3}}));
  EXPECT_FALSE(AreIndependent(GroupsOf(predictions)));
  EXPECT_TRUE(AreIndependent(GroupsOf(MakePredictions({0, 1}, {0, 1}))));
}

std::vector<std::vector<double>> BootstrapOf(const std::vector<Prediction>& predictions,
                                             uint64_t seed) {
  std::vector<std::vector<double>> values;
  const auto of_method = PairedBootstrap({{predictions}}, {Brier, F1, RocAuc}, seed);
  for (const BootstrapReplicates& one : of_method[0]) values.push_back(one.values);
  return values;
}

TEST(Intervals, BootstrapDependsOnTheSeedAlone) {
  const auto predictions = DrawPredictions(5, 80);
  const auto reference = BootstrapOf(predictions, 1);
  for (const int threads : {1, 2, 5}) {
    SetThreads(threads);
    EXPECT_EQ(BootstrapOf(predictions, 1), reference);
  }
  SetThreads(0);
  EXPECT_NE(BootstrapOf(predictions, 2), reference);
}

// The spread of the bootstrapped mean is its standard error, sd /
// sqrt(number of independent draws).
TEST(Intervals, BootstrapDrawsWholeGroups) {
  std::vector<Prediction> rows;
  for (int i = 0; i < 300; ++i) {
    const int group = i / 3;
    rows.push_back({fmt::format("{}", i), "t", group % 2, group % 4 < 2 ? 0.4 : 0.6,
                    fmt::format("g{}", group)});
  }
  const auto sd = [](const std::vector<double>& values) {
    double mean = 0, square = 0;
    for (const double v : values) mean += v / static_cast<double>(values.size());
    for (const double v : values)
      square += (v - mean) * (v - mean) / static_cast<double>(values.size());
    return std::sqrt(square);
  };
  const double grouped = sd(BootstrapOf(rows, 1)[0]);
  for (Prediction& p : rows) p.group = "";
  const double independent = sd(BootstrapOf(rows, 1)[0]);
  EXPECT_THAT(grouped / independent, DoubleNear(std::sqrt(3.0), 0.2));
}

TEST(Percentiles, OfAThousandLeave25OutOnEachSide) {
  std::vector<double> replicates;
  for (int i = 0; i < 1000; ++i) replicates.push_back(i * 7 % 1000);  // 0 to 999, in no order
  const Interval interval = Percentiles(replicates);
  EXPECT_EQ(interval.low, 25);
  EXPECT_EQ(interval.high, 974);
  EXPECT_EQ(Percentiles({3}).low, 3);
  EXPECT_EQ(Percentiles({3}).high, 3);
}

}  // namespace
}  // namespace kallos::measures
