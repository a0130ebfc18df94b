#include "ga/fitness/head_fitness.h"

#include <gmock/gmock.h>

#include <array>
#include <cmath>
#include <numeric>

#include "lib/core/rng.h"
#include "lib/parallel/parallel.h"
#include "tests/ga/fitness/search_data.h"

namespace kallos::ga {
namespace {

// 300 rows of 40 columns; the first 4 tell the class, the rest is noise.
class FitnessTest : public SearchDataTest {
 protected:
  FitnessTest() : SearchDataTest(300, 40, 4, 1.5) {
    recipe_ = {.hidden = {16, 8}, .dropout = {0.1, 0.1}, .epochs = 8, .batch = 32};
  }
};

TEST_F(FitnessTest, InformativeColumnsAreFitter) {
  for (const Metric metric :
       {Metric::kAccuracy, Metric::kBalancedAccuracy, Metric::kAuc, Metric::kLogLoss}) {
    metric_ = metric;
    EXPECT_GT(HeadFitness(recipe_, metric_, data_, {0, 1, 2, 3}, 1),
              HeadFitness(recipe_, metric_, data_, {10, 11, 12, 13}, 1) + 0.15);
  }
}

TEST_F(FitnessTest, DependsOnColumnsAndSeedOnly) {
  std::vector<Columns> individuals = {{0, 5, 9}, {1, 2, 30}, {7, 8, 39}, {0, 5, 9}, {20, 21, 22}};
  std::vector<std::vector<double>> found;
  for (const int threads : {1, 2, 5}) {
    SetThreads(threads);
    std::vector<double> fitness(individuals.size());
    HeadFitnesses(recipe_, metric_, data_, individuals, 1,
                  [&](size_t i, double value) { fitness[i] = value; });
    found.push_back(fitness);
  }
  SetThreads(0);
  EXPECT_EQ(found[0], found[1]);
  EXPECT_EQ(found[0], found[2]);
  EXPECT_EQ(found[0][0], found[0][3]);
  for (size_t i = 0; i < individuals.size(); ++i)
    EXPECT_EQ(found[0][i], HeadFitness(recipe_, metric_, data_, individuals[i], 1));
  metric_ = Metric::kLogLoss;
  EXPECT_NE(HeadFitness(recipe_, metric_, data_, {0, 5, 9}, 1),
            HeadFitness(recipe_, metric_, data_, {0, 5, 9}, 2));
}

// The same training on a matrix that holds the columns only.
TEST_F(FitnessTest, IsTheTrainingOfTheColumnsAlone) {
  const Columns columns = {3, 0, 17};
  Matrix<float> own(features_.rows(), columns.size());
  for (size_t i = 0; i < own.rows(); ++i)
    model::CopyColumns(std::as_const(features_).Row(i), columns, own.Row(i));
  const FitnessData alone{std::as_const(own).View(), labels_, data_.folds};
  const model::Head head = TrainOnColumns(recipe_, data_, data_.folds[0], columns, 5);
  // Weights behind a column do not depend on where it stands.
  const model::Head start = model::InitHead({3, recipe_.hidden, recipe_.dropout}, 5, columns);
  const model::Head turned =
      model::InitHead({3, recipe_.hidden, recipe_.dropout}, 5, Columns{17, 3, 0});
  for (size_t j = 0; j < start[0].kernel.columns(); ++j) {
    EXPECT_EQ(start[0].kernel(0, j), turned[0].kernel(1, j));
    EXPECT_EQ(start[0].kernel(2, j), turned[0].kernel(0, j));
  }
  const std::vector<size_t>& rows = data_.folds[0].validation_rows;
  EXPECT_EQ(MetricOf(Metric::kLogLoss, head, data_, rows, columns),
            MetricOf(Metric::kLogLoss, head, alone, rows, {}));
}

TEST_F(FitnessTest, IsTheMeanOverFolds) {
  const Fold first = data_.folds[0];
  const Fold second{first.validation_rows, first.train_rows};
  const double a = HeadFitness(recipe_, metric_, data_, {0, 1, 8}, 1);
  data_.folds = {second};
  const double b = HeadFitness(recipe_, metric_, data_, {0, 1, 8}, 1);
  data_.folds = {first, second};
  EXPECT_DOUBLE_EQ(HeadFitness(recipe_, metric_, data_, {0, 1, 8}, 1), (a + b) / 2);
}

TEST_F(FitnessTest, ABudgetCutsEpochsOrRows) {
  EXPECT_EQ(WithBudget(recipe_, {Resource::kEpochs, 3}).epochs, 3);
  EXPECT_EQ(WithBudget(recipe_, {Resource::kEpochs, 100}).epochs, 1);
  EXPECT_EQ(WithBudget(recipe_, {Resource::kRows, 3}).epochs, 8);
  EXPECT_EQ(WithBudget(data_, {Resource::kEpochs, 3}, 1)[0].train_rows, data_.folds[0].train_rows);
  for (const int64_t parts : {2, 9, 1000}) {
    const Fold fold = WithBudget(data_, {Resource::kRows, parts}, 1)[0];
    const auto of_class = [&](const std::vector<size_t>& rows, int label) {
      return std::ranges::count_if(rows, [&](size_t row) { return labels_[row] == label; });
    };
    for (const int label : {0, 1})
      EXPECT_EQ(of_class(fold.train_rows, label),
                (of_class(data_.folds[0].train_rows, label) + parts - 1) / parts);
    EXPECT_TRUE(std::ranges::includes(data_.folds[0].train_rows, fold.train_rows))
        << "in their order";
    EXPECT_EQ(fold.validation_rows, data_.folds[0].validation_rows);
    EXPECT_EQ(fold.train_rows, WithBudget(data_, {Resource::kRows, parts}, 1)[0].train_rows);
    if (parts < 1000) {
      EXPECT_NE(fold.train_rows, WithBudget(data_, {Resource::kRows, parts}, 2)[0].train_rows);
    }
  }
}

TEST_F(FitnessTest, DivergenceIsNaN) {
  recipe_.lr = 1e30;
  EXPECT_TRUE(std::isnan(HeadFitness(recipe_, metric_, data_, {0, 1}, 1)));
}

// A head of one layer that passes on its only column.
TEST(MetricOf, KnownValues) {
  const std::vector<float> scores = {-2, -1, 0, 0, 1, 3};
  const std::vector<int> labels = {0, 0, 0, 1, 0, 1};
  Matrix<float> features(6, 1);
  std::copy(scores.begin(), scores.end(), features.data());
  model::HeadLayer layer;
  layer.kernel = Matrix<float>(1, 2);
  layer.kernel(0, 1) = 1;
  layer.bias = {0, 0};
  const FitnessData data{std::as_const(features).View(), labels, {}};
  const std::vector<size_t> rows = {0, 1, 2, 3, 4, 5};
  EXPECT_DOUBLE_EQ(MetricOf(Metric::kAccuracy, {layer}, data, rows, {}), 4 / 6.0);
  EXPECT_DOUBLE_EQ(MetricOf(Metric::kBalancedAccuracy, {layer}, data, rows, {}),
                   (3 / 4.0 + 1 / 2.0) / 2);
  EXPECT_DOUBLE_EQ(MetricOf(Metric::kAuc, {layer}, data, rows, {}), 6.5 / 8);
  double loss = 0;
  for (size_t i = 0; i < 6; ++i)
    loss += std::log1p(std::exp(labels[i] == 1 ? -scores[i] : scores[i])) / 6;
  EXPECT_NEAR(MetricOf(Metric::kLogLoss, {layer}, data, rows, {}), -loss, 1e-6);
}

// Scores of few values, so that many are equal, against the definitions over all pairs of rows.
TEST(MetricOf, CountsTiesAsTheDefinitionsDo) {
  Stream stream(1, "test/metric-ties");
  for (int draw = 0; draw < 50; ++draw) {
    const size_t n = 2 + stream.Below(60);
    Matrix<float> logits(n, 2);
    std::vector<int> labels = {0, 1};
    for (size_t i = 0; i < n; ++i) {
      if (i >= 2) labels.push_back(static_cast<int>(stream.Below(2)));
      for (size_t k : {0, 1}) logits(i, k) = 0.25F * static_cast<float>(stream.Below(4));
    }
    double halves = 0, pairs = 0;
    std::array<double, 2> right{}, rows{};
    for (size_t i = 0; i < n; ++i) {
      const bool good = labels[i] == 1;
      rows[good] += 1;
      right[good] += (logits(i, 1) > logits(i, 0)) == good;
      for (size_t j = 0; good && j < n; ++j) {
        if (labels[j] == 1) continue;
        const float own = logits(i, 1) - logits(i, 0), other = logits(j, 1) - logits(j, 0);
        halves += own > other ? 2 : own == other ? 1 : 0;
        pairs += 1;
      }
    }
    EXPECT_EQ(MetricOf(Metric::kAuc, logits, labels), halves / (2 * pairs));
    EXPECT_EQ(MetricOf(Metric::kBalancedAccuracy, logits, labels),
              (right[0] / rows[0] + right[1] / rows[1]) / 2);
  }
}

TEST(MetricOf, AucOfALogitThatIsNaN) {
  Matrix<float> logits(3, 2);
  logits(1, 0) = NAN;
  EXPECT_TRUE(std::isnan(MetricOf(Metric::kAuc, logits, {0, 1, 1})));
}

TEST(OperationsPerRow, OfThePublishedHead) {
  EXPECT_NEAR(OperationsPerRow({}, 5000), 55.12e6, 0.01e6);
}

}  // namespace
}  // namespace kallos::ga
