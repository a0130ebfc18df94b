#include "ga/baselines.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "lib/core/text.h"
#include "lib/parallel/parallel.h"
#include "tests/pca/scikit_learn.h"
#include "tests/store/example_store.h"

namespace kallos::ga {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::DoubleNear;
using testing::Each;
using testing::ElementsAre;
using testing::Ge;
using testing::HasSubstr;
using testing::Le;
using testing::Not;

// Features with labels, every row of which trains.
struct Example {
  Matrix<float> features;
  std::vector<int> labels;
  std::vector<size_t> rows;

  Example(size_t n, size_t columns) : features(n, columns), labels(n), rows(n) {
    std::iota(rows.begin(), rows.end(), 0);
  }
  TrainingRows Training() const { return {features.View(), labels, rows, {}}; }
  void Set(size_t j, const std::vector<float>& values) {
    for (size_t i = 0; i < values.size(); ++i) features(i, j) = values[i];
  }
};

// Columns 0 to 4 are noise of large spread, 5 to 9 tell the class, the rest is noise.
Example Planted(size_t n, size_t columns, uint64_t seed = 1) {
  Example example(n, columns);
  Stream stream(seed, "test/planted");
  for (size_t i = 0; i < n; ++i) {
    example.labels[i] = static_cast<int>(stream.Below(2));
    for (size_t j = 0; j < columns; ++j) {
      const double signal = j >= 5 && j < 10 ? 0.8 * example.labels[i] : 0;
      example.features(i, j) = static_cast<float>((stream.Normal() + signal) * (j < 5 ? 10 : 1));
    }
  }
  return example;
}

TEST(Baselines, KnownValues) {
  Example example(6, 3);
  example.labels = {0, 1, 0, 1, 0, 1};
  example.Set(0, {1, 2, 2, 4, 3, 6});
  example.Set(1, std::vector<float>(6, 0.1f));
  example.Set(2, {0, 1, 0, 1, 0, 1});
  // Means 2 and 4: between 3 * 3 / 6 * 4 = 6, within (2 + 8) / 4. As scipy.stats.f_oneway.
  EXPECT_THAT(AnovaF(example.Training()), ElementsAre(DoubleNear(2.4, 1e-12), 0, INFINITY));
  EXPECT_THAT(
      Variances(example.Training()),
      ElementsAre(DoubleNear(16 / 6.0, 1e-12), DoubleNear(0, 1e-12), DoubleNear(0.25, 1e-12)));
  const std::vector<float> scales = {2, 0, 0.5f};  // what they were before they were multiplied
  EXPECT_THAT(Variances({example.features.View(), example.labels, example.rows, scales}),
              ElementsAre(DoubleNear(4 / 6.0, 1e-12), 0, DoubleNear(1, 1e-12)));
  EXPECT_THAT(MutualInformation(example.Training())[1], DoubleNear(0, 1e-12));
  EXPECT_THAT(MutualInformation(example.Training())[2], DoubleNear(std::log(2), 1e-12));
}

TEST(Baselines, MutualInformationOfTiesAndOfTenBins) {
  Example example(4, 1);
  example.labels = {0, 0, 1, 1};
  example.Set(0, {0, 0, 0, 1});
  const double expected = 0.5 * std::log(0.5 / (0.75 * 0.5)) +
                          0.25 * std::log(0.25 / (0.75 * 0.5)) +
                          0.25 * std::log(0.25 / (0.25 * 0.5));
  EXPECT_NEAR(MutualInformation(example.Training())[0], expected, 1e-12);
  Example bins(40,
               2);  // bins of four values: the class alternates between the bins, or within each
  for (size_t i = 0; i < 40; ++i) {
    bins.labels[i] = static_cast<int>(i / 4 % 2);
    bins.features(i, 0) = static_cast<float>(i);
    bins.features(i, 1) = static_cast<float>(i % 4 * 10 + i / 4);
  }
  EXPECT_NEAR(MutualInformation(bins.Training())[0], std::log(2), 1e-12);
  EXPECT_NEAR(MutualInformation(bins.Training())[1], 0, 0.2);
}

TEST(Baselines, TiesGoToTheSmallerIndex) {
  EXPECT_THAT(TopColumns({1, 3, 2, 2, 2}, 3), ElementsAre(1, 2, 3));
  EXPECT_THAT(TopColumns({0, 0, 0}, 2), ElementsAre(0, 1));
}

TEST(Baselines, OthersThanTrainingRowsCountForNothing) {
  const Example all = Planted(120, 12);
  Example half = all;
  std::erase_if(half.rows, [](size_t row) { return row % 2 == 1; });
  Example changed = half;
  for (size_t i = 1; i < 120; i += 2) {
    for (float& x : changed.features.Row(i)) x = 1e6f;
    changed.labels[i] = 1 - changed.labels[i];
  }
  for (Scores (*score)(const TrainingRows&) : {Variances, AnovaF, MutualInformation}) {
    EXPECT_EQ(score(half.Training()), score(changed.Training()));
    EXPECT_NE(score(half.Training()), score(all.Training()));
  }
  EXPECT_EQ(FollowL1Path(half.Training(), 6).order, FollowL1Path(changed.Training(), 6).order);
}

TEST(Baselines, SameAtAnyThreadCount) {
  const Example example = Planted(100, 70);
  std::vector<std::vector<Scores>> found;
  for (const int threads : {1, 2, 5}) {
    SetThreads(threads);
    const TrainingRows training = example.Training();
    found.push_back({Variances(training), AnovaF(training), MutualInformation(training),
                     FollowL1Path(training, 20).weights});
  }
  SetThreads(0);
  EXPECT_EQ(found[0], found[1]);
  EXPECT_EQ(found[0], found[2]);
}

TEST(Baselines, AllButVarianceFindWhatIsPlanted) {
  const Example example = Planted(400, 40);
  const TrainingRows training = example.Training();
  EXPECT_THAT(TopColumns(AnovaF(training), 5), ElementsAre(5, 6, 7, 8, 9));
  EXPECT_THAT(TopColumns(MutualInformation(training), 5), ElementsAre(5, 6, 7, 8, 9));
  EXPECT_THAT(TopColumns(Variances(training), 5), ElementsAre(0, 1, 2, 3, 4));
  Genome first = FollowL1Path(training, 5).order;
  first.resize(5);
  EXPECT_THAT(first, testing::UnorderedElementsAre(5, 6, 7, 8, 9));
}

// The conditions of the minimum, computed anew from the weights.
TEST(L1Path, SolvesThePenalisedRegression) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Example example = Planted(150, 60, seed);
    for (size_t i = 0; i < 150;
         ++i) {  // neighbours overlap, so a weight changes what others can add
      for (size_t j = 11; j < 60; ++j) example.features(i, j) += 0.8f * example.features(i, j - 1);
    }
    const L1Path path = FollowL1Path(example.Training(), 25);
    ASSERT_GE(path.order.size(), 25u);
    std::vector<std::vector<double>> x(60, std::vector<double>(150));
    for (size_t j = 0; j < 60; ++j) {
      double mean = 0, square = 0;
      for (size_t i = 0; i < 150; ++i) mean += example.features(i, j) / 150.0;
      for (size_t i = 0; i < 150; ++i) square += std::pow(example.features(i, j) - mean, 2) / 150.0;
      for (size_t i = 0; i < 150; ++i)
        x[j][i] = (example.features(i, j) - mean) / std::sqrt(square);
    }
    std::vector<double> residual(150);
    double sum = 0;
    for (size_t i = 0; i < 150; ++i) {
      double margin = path.intercept;
      for (size_t j = 0; j < 60; ++j) margin += path.weights[j] * x[j][i];
      residual[i] = example.labels[i] - 1 / (1 + std::exp(-margin));
      sum += residual[i];
    }
    EXPECT_NEAR(sum / 150, 0, 2e-3 * path.penalty);
    for (size_t j = 0; j < 60; ++j) {
      double slope = 0;
      for (size_t i = 0; i < 150; ++i) slope += residual[i] * x[j][i] / 150;
      const double weight = path.weights[j];
      if (weight == 0) {
        EXPECT_LE(std::abs(slope), path.penalty * 1.002);
      } else {
        EXPECT_NEAR(slope, std::copysign(path.penalty, weight), 5e-3 * path.penalty);
        EXPECT_THAT(path.order, Contains(static_cast<int32_t>(j)));
      }
    }
    EXPECT_TRUE(std::ranges::is_sorted(path.penalties, std::greater<>()));
    EXPECT_EQ(path.penalties.size(), path.order.size());
  }
}

TEST(L1Path, ACopyAndAConstantStayOut) {
  Example example = Planted(200, 12);
  for (size_t i = 0; i < 200; ++i) {
    example.features(i, 8) = example.features(i, 7);
    example.features(i, 11) = 0.3f;
  }
  const L1Path path = FollowL1Path(example.Training(), 12);
  EXPECT_EQ(path.order.size(), 10u);
  EXPECT_THAT(path.order, AllOf(Contains(7), Not(Contains(8)), Not(Contains(11))));
}

const Method& Find(const std::string& name) {
  return *std::ranges::find(Methods(), name, &Method::name);
}

class MethodsTest : public store::StoreTest {
 protected:
  // The columns with large indices are fit.
  static void Fitness(std::span<const Genome> genomes, int64_t, const Done& done) {
    for (size_t i = 0; i < genomes.size(); ++i)
      done(i, std::accumulate(genomes[i].begin(), genomes[i].end(), 0.0));
  }

  Problem ProblemOf(const Example& example, int64_t select, int64_t budget = 0) const {
    Settings settings;
    settings.select = select;
    settings.population = 20;
    settings.parents = 10;
    settings.generations = 10;
    const Space space{static_cast<int64_t>(example.features.columns()), select};
    return {example.Training(), {settings, space, 4, folder_, "key"}, Fitness, budget};
  }
};

TEST_F(MethodsTest, EachTakesAsManyColumnsAsAreWanted) {
  const Example example = Planted(100, 30);
  for (const Method& method : Methods()) {
    for (const auto& file : fs::directory_iterator(folder_)) fs::remove(file);
    const Choice choice = method.choose(ProblemOf(example, 7, 15));
    EXPECT_EQ(choice.genome.size(), method.name == kAllColumns ? 30u : 7u) << method.name;
    EXPECT_TRUE(std::ranges::is_sorted(choice.genome)) << method.name;
    EXPECT_EQ(std::ranges::adjacent_find(choice.genome), choice.genome.end()) << method.name;
    EXPECT_THAT(choice.genome, Each(AllOf(Ge(0), Le(29)))) << method.name;
    EXPECT_EQ(choice.trained > 0, method.by_fitness) << method.name;
  }
}

TEST_F(MethodsTest, RandomHasTheBudgetOfTheSearch) {
  const Example example = Planted(100, 30);
  fs::create_directories(folder_ / "ga");
  Problem problem = ProblemOf(example, 7);
  problem.search.folder = folder_ / "ga";
  const Choice search = Find("ga").choose(problem);
  problem.search.folder = folder_;
  problem.budget = search.trained;
  const Choice random = Find("random").choose(problem);
  EXPECT_GT(search.trained, 100);
  EXPECT_EQ(random.trained, search.trained);
  const auto fitness = [](const Choice& c) {
    return std::accumulate(c.genome.begin(), c.genome.end(), 0);
  };
  EXPECT_GT(fitness(search), fitness(random));
}

TEST_F(MethodsTest, WhereFewEnterTheL1PathTheRestIsFilledUp) {
  Example example = Planted(200, 12);
  for (size_t i = 0; i < 200; ++i) {
    example.features(i, 8) = example.features(i, 7);
    example.features(i, 11) = example.features(i, 10) = 0.3f;
  }
  const Choice choice = Find("l1").choose(ProblemOf(example, 10));
  EXPECT_THAT(choice.genome, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8,
                                         9));  // 8 has a correlation, constants have none
  EXPECT_THAT(choice.note, HasSubstr("9 columns entered the path; 1 are filled up"));
  EXPECT_EQ(Find("l1").choose(ProblemOf(example, 9)).note, "");
}

using ScikitLearnTest = store::StoreTest;

constexpr const char* kScript = R"(import os
os.environ["OPENBLAS_NUM_THREADS"] = "1"
import numpy, warnings
from sklearn.feature_selection import f_classif
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import mutual_info_score
warnings.simplefilter("ignore")
n, d = 150, 40
X = numpy.fromfile("x", "<f4").reshape(n, d).astype("f8")
y = numpy.fromfile("y", "<f4").astype(int)
penalty = float(open("penalty").read())
def bins(x): return 10 * numpy.searchsorted(numpy.sort(x), x, "left") // n
Z = (X - X.mean(0)) / X.std(0)
fitted = LogisticRegression(penalty="l1", solver="saga", C=1 / (n * penalty), tol=1e-9, max_iter=20000).fit(Z, y)
numpy.concatenate([X.var(0), f_classif(X, y)[0], [mutual_info_score(y, bins(x)) for x in X.T],
                   fitted.coef_[0]]).tofile("found")
)";

TEST_F(ScikitLearnTest, SameScoresAndWeights) {
  const std::string python = pca::PythonWithScikitLearn();
  if (python.empty())
    GTEST_SKIP() << "skipped: no python3 with h5py and sklearn (tools/setup installs them)";
  const Example example = Planted(150, 40);
  Matrix<float> labels(150, 1);
  std::ranges::copy(example.labels, labels.data());
  const L1Path path = FollowL1Path(example.Training(), 20);
  pca::WriteRaw(folder_ / "x", example.features);
  pca::WriteRaw(folder_ / "y", labels);
  PublishBytes(folder_ / "penalty", FormatDouble(path.penalty));
  ASSERT_TRUE(pca::RunPython(python, folder_, kScript));
  const Matrix<double> found = pca::ReadRaw(folder_ / "found", 4, 40);
  const std::vector<Scores> ours = {Variances(example.Training()), AnovaF(example.Training()),
                                    MutualInformation(example.Training()), path.weights};
  for (size_t k = 0; k < 4; ++k) {
    for (size_t j = 0; j < 40; ++j)
      EXPECT_NEAR(ours[k][j], found(k, j), k == 3 ? 1e-2 : 1e-9 * found(k, j) + 1e-12)
          << k << " " << j;
  }
}

}  // namespace
}  // namespace kallos::ga
