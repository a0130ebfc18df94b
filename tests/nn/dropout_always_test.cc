// The dropout that the published student keeps in inference.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "lib/core/rng.h"
#include "lib/nn/backbone.h"
#include "lib/nn/torch_execution.h"
#include "lib/parallel/parallel.h"

namespace kallos::nn {
namespace {

constexpr double kRate = 0.7;

// What is left of the numbers, and the factor that they come with.
at::Tensor Dropped(const at::Tensor& numbers, double rate = kRate, bool always = true) {
  const std::vector<FoldedConv> none;
  TorchExecution execution(none, at::Tensor(), Taps::kOutputs);
  return execution.Dropout({numbers.size(1), numbers}, rate, always).tensor;
}

at::Tensor Numbers(uint64_t seed, int64_t rows, int64_t count) {
  at::Tensor numbers = at::empty({rows, count, 1, 1});
  Stream random(seed, "tests/nn/dropout_always");
  for (int64_t i = 0; i < rows * count; ++i)
    numbers.data_ptr<float>()[i] = static_cast<float>(random.Uniform(0.5, 1.5));
  return numbers;
}

TEST(DropoutAlways, KeepsItsShareScaledByItsInverse) {
  for (const double rate : {0.2, 0.7}) {
    const at::Tensor numbers = Numbers(1, 1, 40'000);
    const at::Tensor found = Dropped(numbers, rate);
    int64_t kept = 0;
    for (int64_t i = 0; i < 40'000; ++i) {
      const float value = found.data_ptr<float>()[i];
      if (value == 0) continue;
      ++kept;
      EXPECT_FLOAT_EQ(value, numbers.data_ptr<float>()[i] / static_cast<float>(1 - rate));
    }
    EXPECT_NEAR(static_cast<double>(kept) / 40'000, 1 - rate,
                4 * std::sqrt(rate * (1 - rate) / 40'000));
  }
}

// Over many pictures each number is on average what went in: four standard errors.
TEST(DropoutAlways, IsUnbiasedOverPictures) {
  constexpr int64_t kPictures = 4000, kCount = 8;
  const at::Tensor numbers = Numbers(2, kPictures, kCount);
  const at::Tensor difference = (Dropped(numbers) - numbers).mean({0, 2, 3});
  const double error = std::sqrt((1 + 1.0 / 12) * kRate / (1 - kRate) / kPictures);
  for (int64_t j = 0; j < kCount; ++j) EXPECT_NEAR(difference[j].item<float>(), 0, 4 * error) << j;
}

TEST(DropoutAlways, ARowDependsOnItsOwnNumbersOnly) {
  const at::Tensor numbers = Numbers(3, 5, 300);
  const at::Tensor all = Dropped(numbers);
  for (int64_t row = 0; row < 5; ++row)
    EXPECT_TRUE(Dropped(numbers.narrow(0, row, 1)).equal(all.narrow(0, row, 1)));
  EXPECT_FALSE((all[0] == 0).equal(all[1] == 0)) << "each row has zeros of its own";
}

TEST(DropoutAlways, OthersHaveNoneInInference) {
  const at::Tensor numbers = Numbers(4, 2, 50);
  EXPECT_TRUE(Dropped(numbers, kRate, false).equal(numbers));
  EXPECT_TRUE(Dropped(numbers, 0).equal(numbers));
}

class PublishedStudent : public testing::Test {
 protected:
  ~PublishedStudent() override { SetThreads(0); }

  static std::unique_ptr<Backbone> Make(const std::string& name, Taps taps = Taps::kOutputs) {
    auto network = MakeBackbone(name, taps, 6);
    network->RandomWeights(1);
    network->Prepare({}, Precision::kFp32);
    return network;
  }
  static std::vector<PictureF> Pictures(size_t count) {
    std::vector<PictureF> pictures;
    for (size_t i = 0; i < count; ++i) {
      Stream random(5, "tests/nn/pictures", i);
      pictures.push_back({64, 64, {}});
      for (int k = 0; k < 64 * 64 * 3; ++k)
        pictures[i].rgb.push_back(static_cast<float>(random.Below(256)));
    }
    return pictures;
  }
  static std::vector<float> Row(const Matrix<float>& rows, size_t i) {
    return {rows.Row(i).begin(), rows.Row(i).end()};
  }
};

TEST_F(PublishedStudent, GivesTheSameForTheSamePicture) {
  const auto published = Make("shufflenet_v2_narrow_published");
  const std::vector<PictureF> pictures = Pictures(6);
  SetThreads(1);
  const Matrix<float> all = published->Extract(pictures, Scaling::kUnit);
  SetThreads(3);
  const Matrix<float> again =
      Make("shufflenet_v2_narrow_published")->Extract(pictures, Scaling::kUnit);
  for (size_t i = 0; i < pictures.size(); ++i) {
    EXPECT_EQ(Row(again, i), Row(all, i));
    EXPECT_EQ(Row(published->Extract({&pictures[i], 1}, Scaling::kUnit), 0), Row(all, i))
        << "whatever comes with it";
  }
}

TEST_F(PublishedStudent, DiffersFromTheLegacyOneInItsOutputsOnly) {
  const std::vector<PictureF> pictures = Pictures(5);
  const auto extract = [&](const std::string& name, Taps taps) {
    return Make(name, taps)->Extract(pictures, Scaling::kUnit);
  };
  const Matrix<float> published = extract("shufflenet_v2_narrow_published", Taps::kOutputs);
  const Matrix<float> legacy = extract("shufflenet_v2_narrow_legacy", Taps::kOutputs);
  const Matrix<float> published_pooled = extract("shufflenet_v2_narrow_published", Taps::kPooled);
  const Matrix<float> legacy_pooled = extract("shufflenet_v2_narrow_legacy", Taps::kPooled);
  for (size_t i = 0; i < pictures.size(); ++i) {
    EXPECT_EQ(Row(published_pooled, i), Row(legacy_pooled, i));
    for (size_t j = 0; j < 6; ++j) EXPECT_NE(published(i, j), legacy(i, j));
  }
}

}  // namespace
}  // namespace kallos::nn
