#include "pca/exact.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "lib/core/error.h"
#include "lib/core/stop.h"
#include "lib/linalg/orthonormal.h"
#include "lib/parallel/parallel.h"
#include "tests/pca/planted_store.h"

extern "C" void dgesdd_(const char* jobz, const int* m, const int* n, double* a, const int* lda,
                        double* s, double* u, const int* ldu, double* vt, const int* ldvt,
                        double* work, const int* lwork, int* iwork, int* info);

namespace kallos::pca {
namespace {

class Exact : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ =
        fs::path(testing::TempDir()) / fmt::format("kallos_pca_{}_{}", test->name(), getpid());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  ExactSettings Settings(int64_t count, const std::string& checkpoint = "c") const {
    ExactSettings settings;
    settings.count = [count](const std::vector<double>&, int64_t) { return count; };
    settings.checkpoint = {folder_ / checkpoint, Sha256Hex("key"), 1e9};
    return settings;
  }

  model::Reduction Fit(const Matrix<float>& values, int64_t count, int64_t rows_per_shard = 64,
                       int64_t repeat = 1) const {
    const fs::path store_folder = folder_ / fmt::format("store{}", stores_++);
    WriteStore(store_folder, values, rows_per_shard);
    const store::FeatureStore features(store_folder);
    ExactSettings settings = Settings(count);
    settings.repeat = repeat;
    return FitExact(TrainingRows(features, Rows::kTrain), settings);
  }

  fs::path folder_;
  mutable int stores_ = 0;
};

Matrix<double> ToDouble(const Matrix<float>& matrix) {
  Matrix<double> out(matrix.rows(), matrix.columns());
  std::copy(matrix.data(), matrix.data() + matrix.rows() * matrix.columns(), out.data());
  return out;
}

// Singular values and right singular vectors of the centred rows, by LAPACK.
struct Svd {
  std::vector<double> values;
  Matrix<double> vectors;  // a row each
};

Svd DenseSvd(const Matrix<float>& rows) {
  const int n = static_cast<int>(rows.rows());
  const int d = static_cast<int>(rows.columns());
  const int k = std::min(n, d);
  Matrix<double> x = ToDouble(rows);  // for LAPACK, the transposed matrix: d x n
  for (size_t j = 0; j < x.columns(); ++j) {
    double mean = 0;
    for (size_t i = 0; i < x.rows(); ++i) mean += x(i, j) / n;
    for (size_t i = 0; i < x.rows(); ++i) x(i, j) -= mean;
  }
  Svd svd{std::vector<double>(static_cast<size_t>(k)),
          Matrix<double>(static_cast<size_t>(k), rows.columns())};
  std::vector<double> other(static_cast<size_t>(k) * rows.rows());
  std::vector<int> iwork(static_cast<size_t>(8 * k));
  const int lwork = 8 * (n + d) * k + 100 * (n + d);
  std::vector<double> work(static_cast<size_t>(lwork));
  int info = 0;
  dgesdd_("S", &d, &n, x.data(), &d, svd.values.data(), svd.vectors.data(), &d, other.data(), &k,
          work.data(), &lwork, iwork.data(), &info);
  EXPECT_EQ(info, 0);
  return svd;
}

// Sine of the largest principal angle between the spans of the first `count` rows of
// each; both orthonormal.
double SpanDistance(const Matrix<double>& a, const Matrix<double>& b, size_t count) {
  double largest = 0;
  for (size_t i = 0; i < count;
       ++i) {  // |a_i - projection on b|, and the Frobenius norm bounds the spectral one
    std::vector<double> rest(a.Row(i).begin(), a.Row(i).end());
    for (size_t k = 0; k < count; ++k) {
      const double dot =
          std::inner_product(b.Row(k).begin(), b.Row(k).end(), a.Row(i).begin(), 0.0);
      for (size_t j = 0; j < rest.size(); ++j) rest[j] -= dot * b(k, j);
    }
    largest += std::inner_product(rest.begin(), rest.end(), rest.begin(), 0.0);
  }
  return std::sqrt(largest);
}

TEST_F(Exact, AgreesWithDenseSvdOnTenShapes) {
  constexpr std::pair<size_t, size_t> kShapes[] = {{300, 20},  {300, 150}, {151, 150}, {150, 151},
                                                   {60, 200},  {20, 300},  {1500, 7},  {2, 5},
                                                   {500, 256}, {257, 256}};
  for (const auto& [n, d] : kShapes) {
    std::vector<double> sd(std::min(n - 1, d));
    for (size_t i = 0; i < sd.size(); ++i) sd[i] = 5 * std::pow(0.98, static_cast<double>(i));
    const Matrix<float> values = PlantedRows(n, d, sd, n + d);
    const size_t count = std::max<size_t>(1, sd.size() / 2);
    const model::Reduction model = Fit(values, static_cast<int64_t>(count));
    const Svd svd = DenseSvd(values);
    for (size_t i = 0; i < count; ++i) {
      EXPECT_NEAR(model.singular_values[i] / svd.values[i], 1, 1e-5)
          << n << " x " << d << ": " << i;
      EXPECT_NEAR(model.explained_variance[i],
                  svd.values[i] * svd.values[i] / static_cast<double>(n - 1),
                  1e-5 * model.explained_variance[i]);
    }
    const Matrix<double> components = ToDouble(model.components);
    EXPECT_LT(linalg::OrthonormalityError(components.View()), 1e-5);
    EXPECT_LT(SpanDistance(components, svd.vectors, count), 1e-5 * static_cast<double>(count))
        << n << " x " << d;
    EXPECT_TRUE(std::ranges::is_sorted(model.explained_variance, std::greater<>()));
  }
}

TEST_F(Exact, BothRoutesAgree) {
  const std::vector<double> sd = {9, 7, 5, 3, 2, 1};
  const Matrix<float> tall = PlantedRows(61, 60, sd, 1);  // by columns
  Matrix<float> wide(tall.rows(), 80);                    // by rows: the same with constant columns
  for (size_t i = 0; i < tall.rows(); ++i) {
    for (size_t j = 0; j < 80; ++j) wide(i, j) = j < 60 ? tall(i, j) : 3.0f;
  }
  const model::Reduction a = Fit(tall, 6);
  const model::Reduction b = Fit(wide, 6);
  for (size_t i = 0; i < 6; ++i) {
    EXPECT_NEAR(a.explained_variance[i] / b.explained_variance[i], 1, 1e-9);
    for (size_t j = 0; j < 60; ++j) EXPECT_NEAR(a.components(i, j), b.components(i, j), 1e-6);
    for (size_t j = 60; j < 80; ++j) EXPECT_NEAR(b.components(i, j), 0, 1e-7);
  }
  EXPECT_NEAR(a.total_variance / b.total_variance, 1, 1e-9);
}

TEST_F(Exact, VarianceOfScoresIsTheEigenvalue) {
  const Matrix<float> values = PlantedRows(400, 30, {10, 8, 6, 4, 2, 1, 0.5}, 3);
  const model::Reduction model = Fit(values, 7);
  for (size_t k = 0; k < 7; ++k) {
    double sum = 0, square = 0;
    for (size_t i = 0; i < values.rows(); ++i) {
      double score = 0;
      for (size_t j = 0; j < values.columns(); ++j)
        score += (values(i, j) - model.mean[j]) * model.components(k, j);
      sum += score;
      square += score * score;
    }
    const double n = 400;
    EXPECT_NEAR((square - sum * sum / n) / (n - 1) / model.explained_variance[k], 1, 1e-5);
  }
}

TEST_F(Exact, RankSeesDependentRowsAndColumns) {
  Matrix<float> values = PlantedRows(100, 20, {5, 4, 3}, 4);
  EXPECT_EQ(Fit(values, 3).rank, 3)
      << "what rounding to float32 adds in every direction is below the floor";
  for (size_t i = 0; i < values.rows(); ++i) {
    // Two directions, exactly.
    for (size_t j = 0; j < values.columns(); ++j)
      values(i, j) = static_cast<float>((i % 5) * (j + 1) + (i % 3) * (j % 2));
  }
  EXPECT_EQ(Fit(values, 2).rank, 2);
  Matrix<float> few(4, 50);
  for (size_t i = 0; i < 200; ++i) few.data()[i] = static_cast<float>(i * i % 17);
  EXPECT_EQ(Fit(few, 3).rank, 3) << "four rows, three differences";
}

TEST_F(Exact, BeyondTheRankOrthonormalDirectionsAreFilledIn) {
  const Matrix<float> values = PlantedRows(5, 40, {5, 4, 3, 2}, 5);
  const model::Reduction model = Fit(values, 20, 64, 30);
  EXPECT_EQ(model.rank, 4);
  EXPECT_LT(linalg::OrthonormalityError(ToDouble(model.components).View()), 1e-5);
  EXPECT_EQ(model.explained_variance[4], 0);
}

TEST_F(Exact, RepeatedRowsChangeTheDenominatorOnly) {
  const Matrix<float> values = PlantedRows(50, 10, {5, 4, 3}, 6);
  Matrix<float> thrice(150, 10);
  for (size_t i = 0; i < 150; ++i) std::ranges::copy(values.Row(i % 50), thrice.Row(i).begin());
  const model::Reduction repeated = Fit(values, 3, 64, 3);
  const model::Reduction written = Fit(thrice, 3);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(repeated.explained_variance[i] / written.explained_variance[i], 1, 1e-6);
    EXPECT_NEAR(repeated.singular_values[i] / written.singular_values[i], 1, 1e-6);
  }
}

TEST_F(Exact, OrderOfRowsDoesNotMatter) {
  const Matrix<float> values = PlantedRows(300, 25, {5, 4, 3, 2, 1}, 7);
  Matrix<float> turned(300, 25);
  for (size_t i = 0; i < 300; ++i)
    std::ranges::copy(values.Row(i), turned.Row((i * 7) % 300).begin());
  const model::Reduction a = Fit(values, 5);
  const model::Reduction b = Fit(turned, 5, 37);
  for (size_t i = 0; i < 5 * 25; ++i)
    EXPECT_NEAR(a.components.data()[i], b.components.data()[i], 1e-6);
}

TEST_F(Exact, LargestEntryIsPositive) {
  const model::Reduction model = Fit(PlantedRows(100, 12, {5, 4, 3, 2}, 8), 4);
  for (size_t i = 0; i < 4; ++i) {
    const auto row = model.components.Row(i);
    EXPECT_GT(*std::ranges::max_element(row, {}, [](float x) { return std::abs(x); }), 0);
  }
}

bool SameBytes(const model::Reduction& a, const model::Reduction& b) {
  return std::equal(a.components.data(),
                    a.components.data() + a.components.rows() * a.components.columns(),
                    b.components.data()) &&
         a.mean == b.mean && a.spectrum == b.spectrum;
}

TEST_F(Exact, SameBytesAtAnyThreadCount) {
  for (const auto& [n, d] : {std::pair<size_t, size_t>{700, 300}, {200, 500}}) {
    const Matrix<float> values = PlantedRows(n, d, {5, 4, 3, 2, 1, 0.1}, 9);
    SetThreads(1);
    const model::Reduction one = Fit(values, 50);
    SetThreads(2);
    EXPECT_TRUE(SameBytes(one, Fit(values, 50)));
    SetThreads(5);
    EXPECT_TRUE(SameBytes(one, Fit(values, 50)));
  }
  SetThreads(0);
}

TEST_F(Exact, StoppedFitGoesOnToTheSameBytes) {
  const Matrix<float> values = PlantedRows(5000, 30, {5, 4, 3, 2}, 10);
  WriteStore(folder_ / "long", values, 500);
  const store::FeatureStore features(folder_ / "long");
  const TrainingRows rows(features, Rows::kTrain);
  ASSERT_GT(rows.block_count(), 3u);
  const model::Reduction whole = FitExact(rows, Settings(4, "unused"));

  ExactSettings settings = Settings(4, "stopped");
  settings.checkpoint.interval_seconds = 0;
  settings.count = [](const std::vector<double>&, int64_t) -> int64_t {
    throw InterruptedError("after the sums");
  };
  EXPECT_THROW(FitExact(rows, settings), Error);
  ASSERT_TRUE(fs::exists(folder_ / "stopped"));
  EXPECT_TRUE(SameBytes(whole, FitExact(rows, Settings(4, "stopped"))));
}

TEST_F(Exact, ForeignAndDamagedCheckpointsAreRefused) {
  const Matrix<float> values = PlantedRows(100, 10, {5, 4}, 11);
  WriteStore(folder_ / "s", values, 50);
  const store::FeatureStore features(folder_ / "s");
  const TrainingRows rows(features, Rows::kTrain);
  ExactSettings settings = Settings(2);
  settings.checkpoint.interval_seconds = 0;
  FitExact(rows, settings);
  const std::string bytes = ReadFile(folder_ / "c");

  ExactSettings other = settings;
  other.checkpoint.key = Sha256Hex("other");
  EXPECT_THAT([&] { FitExact(rows, other); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("--fresh starts over")));
  for (const size_t position : {size_t{3}, size_t{100}, bytes.size() / 2, bytes.size() - 1}) {
    std::string damaged = bytes;
    damaged[position] = static_cast<char>(damaged[position] ^ 4);
    PublishBytes(folder_ / "c", damaged);
    EXPECT_THROW(FitExact(rows, settings), Error) << position;
  }
  PublishBytes(folder_ / "c", bytes.substr(0, bytes.size() / 2));
  EXPECT_THAT([&] { FitExact(rows, settings); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("damaged")));
}

TEST_F(Exact, EqualRowsHaveNoDirections) {
  EXPECT_THAT([&] { Fit(Matrix<float>(30, 4, 1.5f), 1); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("all rows are equal")));
}

TEST_F(Exact, RowsOfTheTrainingSplitOnly) {
  const Matrix<float> values = PlantedRows(90, 8, {5, 4}, 12);
  WriteStore(folder_ / "split", values, 20, [](size_t i) {
    return i % 3 == 0 ? "train" : i % 3 == 1 ? "val" : "test";
  });
  const store::FeatureStore features(folder_ / "split");
  EXPECT_EQ(TrainingRows(features, Rows::kTrain).rows(), 30);
  EXPECT_EQ(TrainingRows(features, Rows::kTrainVal).rows(), 60);
  EXPECT_EQ(TrainingRows(features, Rows::kAll).rows(), 90);
  const Matrix<float> block = TrainingRows(features, Rows::kTrain).Read(0);
  EXPECT_TRUE(std::ranges::equal(block.Row(1), values.Row(3)));
  store::Manifest other = features.manifest();
  for (store::ManifestRow& row : other.rows) row.split = "test";
  EXPECT_THAT([&] { TrainingRows(features, Rows::kTrain, &other); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("0 of its 90 rows")));
}

}  // namespace
}  // namespace kallos::pca
