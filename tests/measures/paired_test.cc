#include "lib/measures/paired.h"

#include <algorithm>

#include "lib/parallel/parallel.h"
#include "tests/measures/example_predictions.h"

namespace kallos::measures {
namespace {

// n rows, half of them good; of each class `right` get the right verdict.
std::vector<Prediction> Predicted(int n, int right, const std::string& groups = "") {
  std::vector<Prediction> predictions;
  for (int i = 0; i < n; ++i) {
    const int label = i % 2;
    const bool is_right = i / 2 < right;
    predictions.push_back({fmt::format("p{:04}", i), "test", label,
                           (label == 1) == is_right ? 0.9 : 0.1,
                           groups.empty() ? "" : fmt::format("{}{}", groups, i / 8)});
  }
  return predictions;
}

double Width(const BootstrapReplicates& replicates) {
  const Interval interval = PercentileInterval(replicates);
  return interval.high - interval.low;
}

TEST(PairedBootstrap, ValuesAreMeansOverRepetitions) {
  const auto found = PairedBootstrap(
      {{Predicted(200, 80), Predicted(200, 60)}, {Predicted(200, 90)}}, {Accuracy, RocAuc}, 1);
  EXPECT_NEAR(found[0][0].estimate, 0.7, 1e-12);
  EXPECT_NEAR(found[1][0].estimate, 0.9, 1e-12);
  EXPECT_NEAR(found[1][1].estimate, 0.9, 1e-12);
}

// As Wilson's, but for the classes being kept as large as they are.
TEST(PairedBootstrap, OfOneMethodIsTheUsualInterval) {
  const Interval found =
      PercentileInterval(PairedBootstrap({{Predicted(400, 160)}}, {Accuracy}, 1)[0][0]);
  const Interval wilson = WilsonInterval(0.8, 400);
  EXPECT_NEAR(found.low, wilson.low, 0.01);
  EXPECT_NEAR(found.high, wilson.high, 0.01);
}

TEST(PairedBootstrap, DifferencesAreOnTheSameRows) {
  const auto found = PairedBootstrap(
      {{Predicted(400, 160)}, {Predicted(400, 160)}, {Predicted(400, 164)}}, {Accuracy}, 1);
  EXPECT_EQ(Width(Minus(found[0][0], found[1][0])), 0);
  // Right wherever the other is, and on 8 rows more.
  const BootstrapReplicates better = Minus(found[2][0], found[0][0]);
  EXPECT_NEAR(better.estimate, 0.02, 1e-12);
  EXPECT_GT(PercentileInterval(better).low, 0);
  EXPECT_LT(Width(better), Width(found[0][0]) / 2);
}

TEST(PairedBootstrap, GroupsAreDrawnWhole) {
  const double alone = Width(PairedBootstrap({{Predicted(400, 160)}}, {Accuracy}, 1)[0][0]);
  const double grouped = Width(PairedBootstrap({{Predicted(400, 160, "g")}}, {Accuracy}, 1)[0][0]);
  EXPECT_NEAR(grouped / alone, std::sqrt(8), 0.5);
  std::vector<Prediction> halves = Predicted(100, 50);  // of each group one row is right
  for (size_t i = 0; i < halves.size(); ++i) {
    halves[i].probability = 0.9;
    halves[i].group = fmt::format("pair{}", i / 2);
  }
  EXPECT_EQ(Width(PairedBootstrap({{halves}}, {Accuracy}, 1)[0][0]), 0);
}

TEST(PairedBootstrap, DependsOnTheSeedAlone) {
  std::vector<std::vector<double>> found;
  for (const int threads : {1, 3}) {
    SetThreads(threads);
    found.push_back(PairedBootstrap({{Predicted(100, 30)}}, {Accuracy}, 7)[0][0].values);
  }
  SetThreads(0);
  EXPECT_EQ(found[0], found[1]);
  EXPECT_NE(found[0], PairedBootstrap({{Predicted(100, 30)}}, {Accuracy}, 8)[0][0].values);
}

}  // namespace
}  // namespace kallos::measures
