#include "lib/model/head.h"

#include <gmock/gmock.h>

#include <cmath>

#include "lib/core/error.h"
#include "lib/core/rng.h"
#include "lib/parallel/parallel.h"

namespace kallos::model {
namespace {

using testing::HasSubstr;

Matrix<float> RandomMatrix(size_t rows, size_t columns, uint64_t seed) {
  Stream stream(seed, "test/matrix");
  Matrix<float> matrix(rows, columns);
  for (size_t i = 0; i < rows * columns; ++i)
    matrix.data()[i] = static_cast<float>(stream.Normal());
  return matrix;
}

// A head in which no parameter has its initial value.
Head RandomHead(size_t inputs, std::vector<int64_t> hidden, uint64_t seed, size_t outputs = 2) {
  const std::vector<double> dropout(hidden.size());
  Head head = InitHead({inputs, std::move(hidden), dropout, outputs}, seed);
  Stream stream(seed, "test/head");
  for (HeadLayer& layer : head) {
    for (std::vector<float>* values : {&layer.bias, &layer.gamma, &layer.beta, &layer.mean})
      for (float& value : *values) value = static_cast<float>(stream.Normal());
    for (float& value : layer.variance) value = static_cast<float>(stream.Uniform(0.1, 2));
  }
  return head;
}

std::vector<double> NaiveOutputs(const Head& head, std::span<const float> row) {
  std::vector<double> x(row.begin(), row.end());
  for (const HeadLayer& layer : head) {
    std::vector<double> y(layer.bias.begin(), layer.bias.end());
    for (size_t j = 0; j < y.size(); ++j) {
      for (size_t i = 0; i < x.size(); ++i) y[j] += x[i] * layer.kernel(i, j);
      if (layer.has_norm())
        y[j] = layer.gamma[j] * (std::max(y[j], 0.0) - layer.mean[j]) /
                   std::sqrt(layer.variance[j] + 1e-3) +
               layer.beta[j];
    }
    x = y;
  }
  return x;
}

struct Moments {
  double mean = 0, sd = 0, largest = 0;
};

Moments MomentsOf(const Matrix<float>& kernel) {
  Moments moments;
  const size_t n = kernel.rows() * kernel.columns();
  double square = 0;
  for (size_t i = 0; i < n; ++i) {
    moments.mean += kernel.data()[i] / static_cast<double>(n);
    square += double{kernel.data()[i]} * kernel.data()[i] / static_cast<double>(n);
    moments.largest = std::max<double>(moments.largest, std::abs(kernel.data()[i]));
  }
  moments.sd = std::sqrt(square - moments.mean * moments.mean);
  return moments;
}

TEST(Head, HiddenKernelsAreHeNormalCutAtTwoDeviations) {
  const Head head = InitHead({800, {400, 50}, {0, 0}}, 3);
  const double sd = std::sqrt(2.0 / 800);
  const Moments moments = MomentsOf(head[0].kernel);
  EXPECT_NEAR(moments.mean, 0, 4 * sd / std::sqrt(320000));
  EXPECT_NEAR(moments.sd, sd, 0.005 * sd);  // after truncation
  EXPECT_LE(moments.largest, 2 * sd / 0.87962566 + 1e-9);
  EXPECT_GT(moments.largest, 1.99 * sd / 0.87962566);
  EXPECT_NEAR(MomentsOf(head[1].kernel).sd, std::sqrt(2.0 / 400), 0.02 * std::sqrt(2.0 / 400));
}

TEST(Head, LastKernelIsGlorotUniform) {
  const Head head = InitHead({10, {5000}, {0}}, 3);
  const double limit = std::sqrt(6.0 / 5002);
  const Moments moments = MomentsOf(head[1].kernel);
  EXPECT_LE(moments.largest, limit);
  EXPECT_GT(moments.largest, 0.99 * limit);
  EXPECT_NEAR(moments.sd, limit / std::sqrt(3.0), 0.03 * limit);
}

TEST(Head, KernelWeightsAreTheEntriesOfTheKernels) {
  for (const HeadSpec& spec : {HeadSpec{7, {}, {}, 3}, HeadSpec{5, {4, 6}, {0, 0}}}) {
    size_t entries = 0;
    for (const HeadLayer& layer : InitHead(spec, 1))
      entries += layer.kernel.rows() * layer.kernel.columns();
    EXPECT_EQ(KernelWeights(spec), entries);
  }
}

TEST(Head, PublishedSizes) {
  const Head head = InitHead({100, {2048, 1024, 256}, {0.25, 0.25, 0.5}}, 1);
  size_t count = 0;
  for (const weights::Tensor& tensor : HeadTensors(head)) count += tensor.values.size();
  EXPECT_EQ(count, 12616450u - 4900 * 2048);  // published for 5000 inputs
}

TEST(Head, SameInitialHeadAtAnyThreadCountAnotherForAnotherSeed) {
  const auto values = [](uint64_t seed, int threads) {
    SetThreads(threads);
    return HeadTensors(InitHead({30, {20, 10}, {0, 0}}, seed))[0].values;
  };
  EXPECT_EQ(values(1, 1), values(1, 3));
  EXPECT_NE(values(1, 1), values(2, 1));
}

TEST(Head, OutputsAgreeWithTheDefinition) {
  for (const size_t rows : {size_t{1}, size_t{127}, size_t{300}}) {
    const size_t outputs = 1 + rows % 7;
    const Head head = RandomHead(23, {17, 300, 5}, rows, outputs);
    EXPECT_EQ(InputsOf(head), 23u);
    EXPECT_EQ(OutputsOf(head), outputs);
    const Matrix<float> features = RandomMatrix(rows, 23, rows);
    const Matrix<float> logits = HeadOutputs(head, features.View());
    for (size_t i = 0; i < rows; ++i) {
      const std::vector<double> expected = NaiveOutputs(head, features.Row(i));
      for (size_t c = 0; c < logits.columns(); ++c)
        EXPECT_NEAR(logits(i, c), expected[c], 2e-5 * (1 + std::abs(expected[c]))) << i;
    }
  }
}

TEST(Head, ARowsOutputsDoNotDependOnItsPlaceOrNeighbours) {
  for (const int64_t units : {33, 256, 290}) {
    const Head head = RandomHead(40, {units, 7}, 1);
    const Matrix<float> all = RandomMatrix(150, 40, 1);
    const Matrix<float> logits = HeadOutputs(head, all.View());
    for (size_t i = 0; i < all.rows(); ++i) {
      const Matrix<float> alone = HeadOutputs(head, {all.Row(i).data(), 1, 40});
      EXPECT_EQ(alone(0, 0), logits(i, 0)) << i;
      EXPECT_EQ(alone(0, 1), logits(i, 1)) << i;
    }
  }
}

TEST(Head, TensorsGoBothWays) {
  const Head head = RandomHead(7, {5, 4}, 1);
  const std::vector<weights::Tensor> tensors = HeadTensors(head, "x/");
  EXPECT_EQ(tensors[0].name, "x/dense/kernel");
  const std::vector<weights::Tensor> again = HeadTensors(HeadFromTensors(tensors, "f", "x/"), "x/");
  ASSERT_EQ(again.size(), tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) {
    EXPECT_EQ(again[i].name, tensors[i].name);
    EXPECT_EQ(again[i].values, tensors[i].values);
  }
}

TEST(Head, FaultyTensorsAreNamed) {
  const std::vector<weights::Tensor> tensors = HeadTensors(RandomHead(7, {5, 4}, 1));
  const auto message = [&](const std::string& name,
                           const std::function<void(weights::Tensor&)>& damage) {
    std::vector<weights::Tensor> copy = tensors;
    for (weights::Tensor& tensor : copy) {
      if (tensor.name == name) damage(tensor);
    }
    try {
      HeadFromTensors(copy, "file");
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  const auto rename = [](weights::Tensor& t) { t.name = "other"; };
  EXPECT_THAT(message("dense/kernel", rename), HasSubstr("'dense/kernel' is missing"));
  EXPECT_THAT(message("dense_1/bias", rename), HasSubstr("'dense_1/bias' is missing"));
  EXPECT_THAT(message("dense_2/kernel", rename), HasSubstr("last layer"));
  EXPECT_THAT(message("dense_1/bias", [](weights::Tensor& t) { t.values.pop_back(); }),
              HasSubstr("found 3"));
  EXPECT_THAT(message("dense/bias", [](weights::Tensor& t) { t.values[1] = NAN; }),
              HasSubstr("NaN"));
  EXPECT_THAT(message("dense/kernel", [](weights::Tensor& t) { t.shape = {35}; }),
              HasSubstr("no matrix"));
  EXPECT_THAT(message("dense_1/kernel",
                      [](weights::Tensor& t) {
                        t.shape = {4, 5};
                      }),
              HasSubstr("dense_1"));
}

}  // namespace
}  // namespace kallos::model
