#include "pca/fast_ica.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numbers>
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

constexpr size_t kRows = 3000;
constexpr size_t kColumns = 8;

// Uniform, Laplace and a sine, of unit variance.
Matrix<double> Sources() {
  Matrix<double> sources(kRows, 3);
  Stream draw(1, "test/sources");
  for (size_t i = 0; i < kRows; ++i) {
    sources(i, 0) = draw.Uniform(-1, 1) * std::sqrt(3.0);
    const double u = draw.Uniform(-0.5, 0.5);
    sources(i, 1) = -std::copysign(std::log(1 - 2 * std::abs(u)), u) / std::numbers::sqrt2;
    sources(i, 2) = std::numbers::sqrt2 * std::sin(0.37 * static_cast<double>(i));
  }
  return sources;
}

// rows x kColumns: sources times random patterns, plus a mean of 5.
Matrix<float> Mix(const Matrix<double>& sources) {
  Matrix<double> patterns(sources.columns(), kColumns);
  Stream draw(2, "test/patterns");
  for (size_t i = 0; i < sources.columns() * kColumns; ++i) patterns.data()[i] = draw.Normal();
  Matrix<float> mixed(sources.rows(), kColumns);
  for (size_t i = 0; i < mixed.rows(); ++i) {
    for (size_t j = 0; j < kColumns; ++j) {
      double sum = 5;
      for (size_t s = 0; s < sources.columns(); ++s) sum += sources(i, s) * patterns(s, j);
      mixed(i, j) = static_cast<float>(sum);
    }
  }
  return mixed;
}

// (x - mean) * components^T.
Matrix<double> Separate(const model::Reduction& model, const Matrix<float>& x) {
  Matrix<double> out(x.rows(), model.components.rows());
  for (size_t i = 0; i < x.rows(); ++i) {
    for (size_t s = 0; s < out.columns(); ++s) {
      for (size_t j = 0; j < x.columns(); ++j)
        out(i, s) += (x(i, j) - model.mean[j]) * model.components(s, j);
    }
  }
  return out;
}

double Covariance(const Matrix<double>& a, size_t i, const Matrix<double>& b, size_t j) {
  const auto n = static_cast<double>(a.rows());
  double mean_a = 0;
  double mean_b = 0;
  for (size_t r = 0; r < a.rows(); ++r) {
    mean_a += a(r, i) / n;
    mean_b += b(r, j) / n;
  }
  double sum = 0;
  for (size_t r = 0; r < a.rows(); ++r) sum += (a(r, i) - mean_a) * (b(r, j) - mean_b);
  return sum / (n - 1);
}

double Correlation(const Matrix<double>& a, size_t i, const Matrix<double>& b, size_t j) {
  return Covariance(a, i, b, j) / std::sqrt(Covariance(a, i, a, i) * Covariance(b, j, b, j));
}

// For the column of `a` that is matched worst: its largest absolute
// correlation with a column of `b`.
double WorstMatch(const Matrix<double>& a, const Matrix<double>& b) {
  double worst = 1;
  for (size_t i = 0; i < a.columns(); ++i) {
    double best = 0;
    for (size_t j = 0; j < b.columns(); ++j)
      best = std::max(best, std::abs(Correlation(a, i, b, j)));
    worst = std::min(worst, best);
  }
  return worst;
}

class FastIca : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ =
        fs::path(testing::TempDir()) / fmt::format("kallos_ica_{}_{}", test->name(), getpid());
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

  // Writes the rows, opens them and fits the PCA.
  void Load(const Matrix<float>& values, int64_t components) {
    values_ = values;
    WriteStore(folder_ / "store", values, 700);
    store_ = std::make_unique<store::FeatureStore>(folder_ / "store");
    rows_ = std::make_unique<TrainingRows>(*store_, Rows::kTrain);
    ExactSettings settings;
    settings.count = [components](const std::vector<double>&, int64_t) { return components; };
    settings.checkpoint = {folder_ / "checkpoint", Sha256Hex("key"), 1e9};
    pca_ = FitExact(*rows_, settings);
  }

  fs::path folder_;
  Matrix<float> values_;
  std::unique_ptr<store::FeatureStore> store_;
  std::unique_ptr<TrainingRows> rows_;
  model::Reduction pca_;
};

IcaSettings With(Contrast contrast, double alpha = 1) {
  IcaSettings settings;
  settings.contrast = contrast;
  settings.alpha = alpha;
  settings.seed = 1;
  return settings;
}

TEST_F(FastIca, SeparatesPlantedSourcesByEachContrast) {
  const Matrix<double> sources = Sources();
  Load(Mix(sources), 3);
  for (const IcaSettings& settings : {With(Contrast::kLogcosh), With(Contrast::kLogcosh, 2),
                                      With(Contrast::kExp), With(Contrast::kCube)}) {
    const IcaFit fit = FitFastIca(*rows_, pca_, settings);
    EXPECT_TRUE(fit.converged);
    EXPECT_LT(fit.change, 1e-4);
    EXPECT_LT(fit.iterations, 50);
    EXPECT_GT(WorstMatch(sources, Separate(fit.model, values_)), 0.99);
  }
  EXPECT_LT(WorstMatch(sources, Separate(pca_, values_)), 0.95)
      << "the PCA alone does it: the test shows nothing";
}

TEST_F(FastIca, ObeysItsLaws) {
  Load(Mix(Sources()), 3);
  const IcaFit fit = FitFastIca(*rows_, pca_, With(Contrast::kLogcosh));
  const Matrix<double> found = Separate(fit.model, values_);
  EXPECT_EQ(fit.model.method, model::ReductionMethod::kIca);
  EXPECT_TRUE(std::ranges::is_sorted(fit.shares, std::greater<>()));
  // Three sources are all there is.
  EXPECT_NEAR(fit.shares[0] + fit.shares[1] + fit.shares[2], 1, 1e-5);
  for (size_t i = 0; i < 3; ++i) {
    for (size_t j = 0; j < 3; ++j)
      EXPECT_NEAR(Covariance(found, i, found, j), i == j ? 1 : 0, 1e-5);
    const auto pattern = fit.model.mixing.Row(i);
    EXPECT_GT(*std::ranges::max_element(pattern, {}, [](float x) { return std::abs(x); }), 0);
    const double square = std::inner_product(pattern.begin(), pattern.end(), pattern.begin(), 0.0);
    EXPECT_NEAR(fit.shares[i], square / fit.model.total_variance, 1e-6);
  }
  for (size_t i = 0; i < 20; ++i) {
    for (size_t j = 0; j < kColumns; ++j) {
      double x = fit.model.mean[j];
      for (size_t s = 0; s < 3; ++s) x += found(i, s) * fit.model.mixing(s, j);
      EXPECT_NEAR(x, values_(i, j), 1e-4);
    }
  }
}

TEST_F(FastIca, ReconstructsAsThePcaWhenComponentsAreLeftOut) {
  Load(Mix(Sources()), 2);
  const IcaFit fit = FitFastIca(*rows_, pca_, With(Contrast::kCube));
  const Matrix<double> scores = Separate(pca_, values_);
  const Matrix<double> found = Separate(fit.model, values_);
  for (size_t i = 0; i < 20; ++i) {
    for (size_t j = 0; j < kColumns; ++j) {
      double by_pca = 0;
      double by_ica = 0;
      for (size_t s = 0; s < 2; ++s) {
        by_pca += scores(i, s) * pca_.components(s, j);
        by_ica += found(i, s) * fit.model.mixing(s, j);
      }
      EXPECT_NEAR(by_ica, by_pca, 1e-4);
    }
  }
}

TEST_F(FastIca, SaysWhenItDidNotConverge) {
  Load(Mix(Sources()), 3);
  IcaSettings settings = With(Contrast::kLogcosh);
  settings.max_iterations = 1;
  std::vector<int64_t> seen;
  settings.on_iteration = [&](int64_t iteration, double) { seen.push_back(iteration); };
  const IcaFit fit = FitFastIca(*rows_, pca_, settings);
  EXPECT_FALSE(fit.converged);
  EXPECT_EQ(fit.iterations, 1);
  EXPECT_GE(fit.change, settings.tolerance);
  EXPECT_THAT(seen, testing::ElementsAre(1));
}

TEST_F(FastIca, OfGaussianRowsDependsOnTheStart) {
  Load(PlantedRows(kRows, kColumns, {5, 4, 3, 2}, 3), 4);
  std::vector<Matrix<double>> found;
  for (const uint64_t seed : {1, 2}) {
    IcaSettings settings = With(Contrast::kLogcosh);
    settings.seed = seed;
    settings.max_iterations = 5;
    const IcaFit fit = FitFastIca(*rows_, pca_, settings);
    EXPECT_FALSE(fit.converged);
    found.push_back(Separate(fit.model, values_));
  }
  EXPECT_LT(WorstMatch(found[0], found[1]), 0.99);
}

TEST_F(FastIca, StoppedAfterAnyIterationGoesOnToTheSameBytes) {
  Load(Mix(Sources()), 3);
  IcaSettings settings = With(Contrast::kLogcosh);
  const IcaFit whole = FitFastIca(*rows_, pca_, settings);
  ASSERT_GT(whole.iterations, 2);
  for (int64_t stop = 1; stop <= whole.iterations; ++stop) {
    settings.checkpoint = {folder_ / fmt::format("stop{}", stop), Sha256Hex("key"), 1e9};
    settings.on_iteration = [&](int64_t iteration, double) {
      if (iteration == stop) RequestStop();
    };
    EXPECT_THAT([&] { FitFastIca(*rows_, pca_, settings); },
                testing::ThrowsMessage<Error>(
                    testing::HasSubstr(fmt::format("after {} of 200 iterations", stop))));
    ClearStop();
    int64_t again = 0;
    settings.on_iteration = [&](int64_t, double) { ++again; };
    const IcaFit fit = FitFastIca(*rows_, pca_, settings);
    EXPECT_EQ(again, whole.iterations - stop);
    EXPECT_EQ(fit.iterations, whole.iterations);
    EXPECT_EQ(fit.change, whole.change);
    EXPECT_TRUE(fit.converged);
    const auto same = [](const Matrix<float>& a, const Matrix<float>& b) {
      return std::equal(a.data(), a.data() + 3 * kColumns, b.data());
    };
    EXPECT_TRUE(same(fit.model.components, whole.model.components)) << stop;
    EXPECT_TRUE(same(fit.model.mixing, whole.model.mixing)) << stop;
  }
}

TEST_F(FastIca, SameBytesAtAnyThreadCount) {
  Load(Mix(Sources()), 3);
  std::vector<std::vector<float>> results;
  for (const int threads : {1, 2, 5}) {
    SetThreads(threads);
    const model::Reduction model = FitFastIca(*rows_, pca_, With(Contrast::kLogcosh)).model;
    std::vector<float> all(model.components.data(), model.components.data() + 3 * kColumns);
    all.insert(all.end(), model.mixing.data(), model.mixing.data() + 3 * kColumns);
    results.push_back(all);
  }
  EXPECT_EQ(results[0], results[1]);
  EXPECT_EQ(results[0], results[2]);
}

TEST_F(FastIca, RefusesWhatCannotBe) {
  Load(Mix(Sources()), 3);
  EXPECT_THROW(FitFastIca(*rows_, pca_, With(Contrast::kLogcosh, 2.5)), Error);
  IcaSettings settings = With(Contrast::kCube);
  settings.max_iterations = 0;
  EXPECT_THROW(FitFastIca(*rows_, pca_, settings), Error);
  model::Reduction low_rank = pca_;
  low_rank.rank = 2;
  EXPECT_THROW(FitFastIca(*rows_, low_rank, With(Contrast::kCube)), Error);
  EXPECT_GE(IcaBytes(*rows_, 3), 8 * 3 * kRows);
  RequestStop();
  EXPECT_THROW(FitFastIca(*rows_, pca_, With(Contrast::kCube)), Error);
}

TEST_F(FastIca, FindsTheSourcesThatScikitLearnFinds) {
  const std::string python = PythonWithScikitLearn();
  if (python.empty()) GTEST_SKIP() << "no python3 with scikit-learn (Debian: python3-sklearn)";
  Load(Mix(Sources()), 3);
  WriteRaw(folder_ / "rows", values_);
  ASSERT_TRUE(RunPython(python, folder_, R"(
import numpy as np
from sklearn.decomposition import FastICA
x = np.fromfile('rows', np.float32).reshape(3000, 8).astype(float)
for fun in ['logcosh', 'exp', 'cube']:
    FastICA(3, fun=fun, whiten='unit-variance', random_state=0, tol=1e-10, max_iter=1000).fit_transform(x).tofile(fun)
)"));
  const std::vector<std::pair<std::string, Contrast>> contrasts = {
      {"logcosh", Contrast::kLogcosh}, {"exp", Contrast::kExp}, {"cube", Contrast::kCube}};
  for (const auto& [name, contrast] : contrasts) {
    IcaSettings settings = With(contrast);
    settings.tolerance = 1e-10;
    settings.max_iterations = 1000;
    const IcaFit fit = FitFastIca(*rows_, pca_, settings);
    const Matrix<double> peer = ReadRaw(folder_ / name, kRows, 3);
    EXPECT_GT(WorstMatch(peer, Separate(fit.model, values_)), 1 - 1e-6) << name;
  }
}

}  // namespace
}  // namespace kallos::pca
