#include "pca/randomized.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "lib/core/error.h"
#include "lib/core/log.h"
#include "lib/core/stop.h"
#include "lib/parallel/parallel.h"
#include "pca/exact.h"
#include "tests/pca/planted_store.h"
#include "tests/pca/scikit_learn.h"

namespace kallos::pca {
namespace {

class Randomized : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path(testing::TempDir()) /
              fmt::format("kallos_randomized_{}_{}", test->name(), getpid());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    SetLogLevel(LogLevel::kError);
  }
  void TearDown() override {
    ClearStop();
    SetThreads(0);
    SetLogLevel(LogLevel::kInfo);
    fs::remove_all(folder_);
  }

  // Opens a store of these rows.
  store::FeatureStore Store(const Matrix<float>& values, int64_t rows_per_shard = 500) const {
    const fs::path folder = folder_ / fmt::format("store{}", stores_++);
    WriteStore(folder, values, rows_per_shard);
    return store::FeatureStore(folder);
  }

  model::Reduction Exact(const TrainingRows& rows, int64_t count, int64_t repeat = 1) const {
    ExactSettings settings;
    settings.count = [count](const std::vector<double>&, int64_t) { return count; };
    settings.repeat = repeat;
    settings.checkpoint = {folder_ / fmt::format("checkpoint{}", stores_++), Sha256Hex("key"), 1e9};
    return FitExact(rows, settings);
  }

  fs::path folder_;
  mutable int stores_ = 0;
};

// Standard deviations 10, 10 * decay, ...
std::vector<double> Decaying(size_t count, double decay) {
  std::vector<double> sd;
  for (size_t i = 0; i < count; ++i) sd.push_back(10 * std::pow(decay, static_cast<double>(i)));
  return sd;
}

RandomizedSettings Settings(int64_t components, uint64_t seed = 1) {
  RandomizedSettings settings;
  settings.components = components;
  settings.seed = seed;
  return settings;
}

double Dot(std::span<const float> a, std::span<const float> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

// Everything that the fit computes.
std::vector<double> NumbersOf(const model::Reduction& model) {
  std::vector<double> all(model.components.data(),
                          model.components.data() + model.outputs() * model.inputs());
  for (const auto* part :
       {&model.mean, &model.explained_variance, &model.singular_values, &model.spectrum})
    all.insert(all.end(), part->begin(), part->end());
  all.push_back(model.total_variance);
  return all;
}

double LargestVarianceError(const model::Reduction& model, const model::Reduction& exact) {
  double largest = 0;
  for (size_t i = 0; i < model.explained_variance.size(); ++i)
    largest =
        std::max(largest, std::abs(model.explained_variance[i] / exact.explained_variance[i] - 1));
  return largest;
}

// 1 - the smallest cosine between components of the same number.
double LargestTurn(const model::Reduction& model, const model::Reduction& exact) {
  double largest = 0;
  for (size_t i = 0; i < model.components.rows(); ++i)
    largest = std::max(largest, 1 - Dot(model.components.Row(i), exact.components.Row(i)));
  return largest;
}

TEST_F(Randomized, HasTheFormOfAPca) {
  for (const auto& [n, d] : {std::pair<size_t, size_t>{1500, 40}, {60, 90}}) {
    const store::FeatureStore store = Store(PlantedRows(n, d, Decaying(30, 0.9), 1));
    const TrainingRows rows(store, Rows::kTrain);
    const model::Reduction model = FitRandomized(rows, Settings(20));
    EXPECT_EQ(model.method, model::ReductionMethod::kRandomized);
    ASSERT_EQ(model.outputs(), 20);
    EXPECT_TRUE(std::ranges::is_sorted(model.spectrum, std::greater<>()));
    for (size_t i = 0; i < 20; ++i) {
      for (size_t j = 0; j < 20; ++j)
        EXPECT_NEAR(Dot(model.components.Row(i), model.components.Row(j)), i == j ? 1 : 0, 1e-6);
      const auto row = model.components.Row(i);
      EXPECT_GT(*std::ranges::max_element(row, {}, [](float x) { return std::abs(x); }), 0);
      EXPECT_NEAR(model.singular_values[i] * model.singular_values[i],
                  model.explained_variance[i] * static_cast<double>(n - 1),
                  1e-9 * model.explained_variance[0] * n);
    }
    const model::Reduction exact = Exact(rows, 20);
    EXPECT_NEAR(model.total_variance, exact.total_variance, 1e-10 * exact.total_variance);
    EXPECT_EQ(model.mean, exact.mean);
  }
}

TEST_F(Randomized, IsExactWhereTheVectorsCoverTheRank) {
  const store::FeatureStore store = Store(PlantedRows(1300, 60, Decaying(12, 0.8), 2));
  const TrainingRows rows(store, Rows::kTrain);
  const model::Reduction exact = Exact(rows, 12);
  for (const Normalisation how : {Normalisation::kNone, Normalisation::kLu, Normalisation::kQr}) {
    RandomizedSettings settings = Settings(12);
    settings.normalisation = how;
    settings.power_iterations = how == Normalisation::kNone ? 1 : 4;
    const model::Reduction model = FitRandomized(rows, settings);
    EXPECT_LT(LargestVarianceError(model, exact), 1e-10);
    EXPECT_LT(LargestTurn(model, exact), 1e-6);
  }
}

TEST_F(Randomized, IsExactWithAsManyVectorsAsColumnsOrRows) {
  for (const auto& [n, d] : {std::pair<size_t, size_t>{200, 30}, {25, 70}}) {
    const store::FeatureStore store = Store(PlantedRows(n, d, Decaying(24, 0.9), 3));
    const TrainingRows rows(store, Rows::kTrain);
    const model::Reduction model = FitRandomized(rows, Settings(20));
    EXPECT_LT(LargestVarianceError(model, Exact(rows, 20)), 1e-9);
    const double sum = std::accumulate(model.spectrum.begin(), model.spectrum.end(), 0.0);
    EXPECT_NEAR(sum, model.total_variance, 1e-9 * sum);
  }
}

TEST_F(Randomized, ReportsTheRankAndFillsUpBeyondIt) {
  Matrix<float> values(50, 40);
  Stream draw(1, "test/rank");
  for (size_t i = 0; i < 50; ++i) {
    // 6 rows, repeated: rank 5.
    for (size_t j = 0; j < 40; ++j)
      values(i, j) = i < 6 ? static_cast<float>(draw.Normal()) : values(i % 6, j);
  }
  const store::FeatureStore store = Store(values);
  const model::Reduction model = FitRandomized(TrainingRows(store, Rows::kTrain), Settings(15));
  EXPECT_EQ(model.rank, 5);
  for (size_t i = 0; i < 15; ++i) {
    for (size_t j = 0; j < 15; ++j)
      EXPECT_NEAR(Dot(model.components.Row(i), model.components.Row(j)), i == j ? 1 : 0, 1e-6);
  }
}

TEST_F(Randomized, ApproachesTheExactFitWithPowerIterations) {
  const store::FeatureStore store = Store(PlantedRows(1200, 80, Decaying(80, 0.95), 4));
  const TrainingRows rows(store, Rows::kTrain);
  const model::Reduction exact = Exact(rows, 10);
  double before = 1;
  for (const int64_t iterations : {0, 1, 2, 4, 7}) {
    RandomizedSettings settings = Settings(10);
    settings.power_iterations = iterations;
    const double error = LargestVarianceError(FitRandomized(rows, settings), exact);
    EXPECT_LT(error, std::max(0.9 * before, 1e-9)) << iterations;
    before = error;
  }
  EXPECT_LT(before, 1e-4);
  RecordProperty("error after 7 iterations", fmt::format("{:.2g}", before));
}

TEST_F(Randomized, NormalisationsAgree) {
  const store::FeatureStore store = Store(PlantedRows(1200, 80, Decaying(80, 0.8), 5));
  const TrainingRows rows(store, Rows::kTrain);
  const model::Reduction exact = Exact(rows, 10);
  for (const Normalisation how :
       {Normalisation::kAuto, Normalisation::kNone, Normalisation::kLu, Normalisation::kQr}) {
    RandomizedSettings settings = Settings(10);
    settings.normalisation = how;
    settings.power_iterations = 3;
    const model::Reduction model = FitRandomized(rows, settings);
    EXPECT_LT(LargestVarianceError(model, exact), 1e-8);
    EXPECT_LT(LargestTurn(model, exact), 1e-6);
  }
}

TEST_F(Randomized, RepeatingRowsIsAsStoringThemOften) {
  const Matrix<float> values = PlantedRows(100, 20, Decaying(8, 0.8), 6);
  Matrix<float> thrice(300, 20);
  for (size_t i = 0; i < 300; ++i) std::ranges::copy(values.Row(i % 100), thrice.Row(i).begin());
  const store::FeatureStore once = Store(values);
  const store::FeatureStore often = Store(thrice);
  RandomizedSettings settings = Settings(5);
  const model::Reduction expected = FitRandomized(TrainingRows(often, Rows::kTrain), settings);
  settings.repeat = 3;
  const model::Reduction model = FitRandomized(TrainingRows(once, Rows::kTrain), settings);
  EXPECT_LT(LargestVarianceError(model, expected), 1e-9);
  EXPECT_NEAR(model.total_variance, expected.total_variance, 1e-9 * expected.total_variance);
  EXPECT_NEAR(model.singular_values[4], expected.singular_values[4], 1e-7);
}

TEST_F(Randomized, SameBytesAtAnyThreadCountAndOtherOnesForOtherSeeds) {
  const store::FeatureStore store = Store(PlantedRows(2100, 90, Decaying(90, 0.97), 7));
  const TrainingRows rows(store, Rows::kTrain);
  const auto bytes = [&](int threads, uint64_t seed) {
    SetThreads(threads);
    return NumbersOf(FitRandomized(rows, Settings(60, seed)));
  };
  const auto one = bytes(1, 1);
  EXPECT_EQ(one, bytes(2, 1));
  EXPECT_EQ(one, bytes(5, 1));
  EXPECT_NE(one, bytes(1, 2));
}

TEST_F(Randomized, CountsTheRowsOfAllPasses) {
  const store::FeatureStore store = Store(PlantedRows(2100, 20, Decaying(5, 0.9), 8));
  const TrainingRows rows(store, Rows::kTrain);
  int64_t read = 0;
  RandomizedSettings settings = Settings(3);
  settings.on_block = [&](int64_t n) { read += n; };
  FitRandomized(rows, settings);
  EXPECT_EQ(PowerIterations(rows, settings), 4);  // 3 of 20 columns
  EXPECT_EQ(PowerIterations(rows, Settings(1)), 7);
  EXPECT_EQ(PowerIterations(rows, Settings(2)), 4);
  EXPECT_EQ(read, 2100 * RandomizedPasses(rows, settings));
  EXPECT_GE(RandomizedBytes(rows, settings), 8U * 13 * (2100 + 20));
}

TEST_F(Randomized, StoppedAtAnyBlockGoesOnToTheSameBytes) {
  const store::FeatureStore store = Store(PlantedRows(2600, 30, Decaying(30, 0.9), 11));
  const TrainingRows rows(store, Rows::kTrain);
  ASSERT_EQ(rows.block_count(), 2u);
  for (const Normalisation how : {Normalisation::kNone, Normalisation::kLu, Normalisation::kQr}) {
    RandomizedSettings settings = Settings(6);
    settings.normalisation = how;
    settings.power_iterations = 1;
    const auto whole = NumbersOf(FitRandomized(rows, settings));
    int64_t blocks = 0;
    for (int64_t stop = 1; stop <= 2 * RandomizedPasses(rows, settings); ++stop) {
      settings.checkpoint = {folder_ / fmt::format("stop{}-{}", static_cast<int>(how), stop),
                             Sha256Hex("key"), 1e9};
      blocks = 0;
      settings.on_block = [&](int64_t) {
        blocks += 1;
        if (blocks == stop) RequestStop();
      };
      EXPECT_THAT([&] { FitRandomized(rows, settings); },
                  testing::ThrowsMessage<Error>(
                      testing::HasSubstr(fmt::format("after {} of 5 passes", (stop - 1) / 2))));
      ClearStop();
      blocks = 100;
      EXPECT_EQ(whole, NumbersOf(FitRandomized(rows, settings))) << stop;
      EXPECT_EQ(blocks, 100 + 10 - (stop - 1) / 2 * 2)
          << "only the pass that was struck is read again";
    }
  }
}

TEST_F(Randomized, SavesAtEveryPassWhenAsked) {
  const store::FeatureStore store = Store(PlantedRows(100, 30, Decaying(30, 0.9), 12));
  const TrainingRows rows(store, Rows::kTrain);
  RandomizedSettings settings = Settings(6);
  settings.checkpoint = {folder_ / "checkpoint", Sha256Hex("key"), 0};
  const auto whole = NumbersOf(FitRandomized(rows, settings));
  ASSERT_TRUE(fs::exists(settings.checkpoint.file));
  int64_t read = 0;
  settings.on_block = [&](int64_t n) { read += n; };
  EXPECT_EQ(whole, NumbersOf(FitRandomized(rows, settings)));
  EXPECT_EQ(read, 100) << "the last pass";
}

TEST_F(Randomized, RefusesWhatCannotBe) {
  const store::FeatureStore store = Store(PlantedRows(50, 20, {1, 1}, 9));
  const TrainingRows rows(store, Rows::kTrain);
  EXPECT_THROW(FitRandomized(rows, Settings(0)), Error);
  EXPECT_THROW(FitRandomized(rows, Settings(21)), Error);
  RandomizedSettings settings = Settings(2);
  settings.normalisation = Normalisation::kNone;
  settings.power_iterations = 400;
  EXPECT_THROW(FitRandomized(rows, settings), Error);
  const store::FeatureStore constant = Store(Matrix<float>(30, 4, 1.5F));
  EXPECT_THROW(FitRandomized(TrainingRows(constant, Rows::kTrain), Settings(2)), Error);
  RequestStop();
  EXPECT_THROW(FitRandomized(rows, Settings(2)), Error);
}

TEST_F(Randomized, AgreesWithScikitLearn) {
  const std::string python = PythonWithScikitLearn();
  if (python.empty()) GTEST_SKIP() << "no python3 with scikit-learn (Debian: python3-sklearn)";
  const Matrix<float> values = PlantedRows(1000, 60, Decaying(60, 0.9), 10);
  WriteRaw(folder_ / "rows", values);
  ASSERT_TRUE(RunPython(python, folder_, R"(
import numpy as np
from sklearn.decomposition import PCA
x = np.fromfile('rows', np.float32).reshape(1000, 60).astype(float)
p = PCA(12, svd_solver='randomized', random_state=0).fit(x)
total = np.array([(p.explained_variance_ / p.explained_variance_ratio_)[0]])
np.concatenate([p.explained_variance_, p.singular_values_, p.mean_, p.components_.ravel(), total]).tofile('out')
)"));
  const Matrix<double> peer = ReadRaw(folder_ / "out", 1, 12 + 12 + 60 + 12 * 60 + 1);
  const store::FeatureStore store = Store(values);
  const model::Reduction model = FitRandomized(TrainingRows(store, Rows::kTrain), Settings(12));
  double turn = 0;
  for (size_t i = 0; i < 12; ++i) {
    EXPECT_NEAR(model.explained_variance[i] / peer(0, i), 1, 1e-5);
    EXPECT_NEAR(model.singular_values[i] / peer(0, 12 + i), 1, 1e-5);
    double dot = 0;
    for (size_t j = 0; j < 60; ++j) dot += model.components(i, j) * peer(0, 84 + i * 60 + j);
    turn = std::max(turn, 1 - std::abs(dot));
  }
  EXPECT_LT(turn, 1e-4);
  for (size_t j = 0; j < 60; ++j) EXPECT_NEAR(model.mean[j], peer(0, 24 + j), 1e-9);
  EXPECT_NEAR(model.total_variance / peer(0, 84 + 720), 1, 1e-9);
}

}  // namespace
}  // namespace kallos::pca
