// Features against values computed by Keras's own model code in float64 (every 16th of the 16928 of InceptionResNetV2,
// all 1280 of EfficientNet B0), with the weights of reference_weights.h.
#include <gmock/gmock.h>

#include <fstream>

#include "lib/core/error.h"
#include "lib/nn/backbone.h"
#include "tests/nn/reference_weights.h"

namespace kallos::nn {
namespace {

std::vector<float> ReadExpected(const std::string& name) {
  std::ifstream stream(std::string(KALLOS_SOURCE_DIR) + "/tests/nn/data/" + name);
  std::vector<float> values;
  for (float value = 0; stream >> value;) values.push_back(value);
  return values;
}

struct Deviation {
  double l2 = 0;       // relative L2 error
  double largest = 0;  // largest error over the largest reference value
};

Deviation Compare(std::span<const float> found, const std::vector<float>& expected, size_t step) {
  double error = 0, norm = 0, worst = 0, top = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    const double difference = std::abs(double{found[i * step]} - expected[i]);
    error += difference * difference;
    norm += double{expected[i]} * expected[i];
    worst = std::max(worst, difference);
    top = std::max(top, std::abs(double{expected[i]}));
  }
  return {std::sqrt(error / norm), worst / top};
}

Deviation Deviate(const std::string& name, Taps taps, int size, const std::string& expected, size_t step,
                  Precision precision) {
  const std::unique_ptr<Backbone> backbone = MakeBackbone(name, taps);
  backbone->LoadWeights(ReferenceWeights(name));
  backbone->Prepare({}, precision);
  const std::vector<PictureF> pictures = {ReferencePicture(size, size)};
  const Matrix<float> features = backbone->Extract(pictures, backbone->default_scaling());
  const Deviation deviation = Compare(features.Row(0), ReadExpected(expected), step);
  fmt::print("{} precision {}: relative L2 {:.2e}, largest {:.2e}\n", name,
             precision == Precision::kFp32 ? "fp32" : "bf16", deviation.l2, deviation.largest);
  return deviation;
}

constexpr double kFp32 = 1e-4;  // a correct float32 program reaches about 1e-6
constexpr double kBf16 = 0.1;   // 8 bits of mantissa through a hundred layers

TEST(BackboneReference, InceptionResnetV2) {
  const Deviation deviation =
      Deviate("inception_resnet_v2", Taps::kMultigap, 299, "irn_299x299.txt", 16, Precision::kFp32);
  EXPECT_LT(deviation.l2, kFp32);
  EXPECT_LT(deviation.largest, kFp32);
}

TEST(BackboneReference, EfficientNetB0) {
  const Deviation deviation = Deviate("efficientnet_b0", Taps::kPooled, 224, "effb0_224x224.txt", 1, Precision::kFp32);
  EXPECT_LT(deviation.l2, kFp32);
  EXPECT_LT(deviation.largest, kFp32);
}

TEST(BackboneReference, Bf16StaysNear) {
  if (!CpuHasBf16()) {
    const std::unique_ptr<Backbone> backbone = MakeBackbone("mobilenet_v1_025", Taps::kPooled);
    backbone->RandomWeights(1);
    EXPECT_THROW(backbone->Prepare({}, Precision::kBf16), Error);
    GTEST_SKIP() << "this CPU has no AVX-512, which bf16 needs";
  }
  EXPECT_LT(Deviate("inception_resnet_v2", Taps::kMultigap, 299, "irn_299x299.txt", 16, Precision::kBf16).l2, kBf16);
  EXPECT_LT(Deviate("efficientnet_b0", Taps::kPooled, 224, "effb0_224x224.txt", 1, Precision::kBf16).l2, kBf16);
}

TEST(Backbone, DimensionsAndTaps) {
  EXPECT_EQ(MakeBackbone("inception_resnet_v2", Taps::kMultigap)->dimension(), 16928);
  EXPECT_EQ(MakeBackbone("inception_resnet_v2", Taps::kPooled)->dimension(), 1536);
  EXPECT_EQ(MakeBackbone("efficientnet_b7", Taps::kPooled)->dimension(), 2560);
  EXPECT_EQ(MakeBackbone("mobilenet_v1_025", Taps::kPooled)->dimension(), 256);
  const auto irn = MakeBackbone("inception_resnet_v2", Taps::kMultigap);
  ASSERT_EQ(irn->taps().size(), 43u);
  EXPECT_EQ(irn->taps()[11].layer, "mixed_6a");
  EXPECT_EQ(irn->taps()[11].offset, 1600);
  EXPECT_EQ(irn->taps().back().layer, "block8_10_mixed");
}

TEST(Backbone, WrongWeightsAreListed) {
  const auto backbone = MakeBackbone("mobilenet_v1_025", Taps::kPooled);
  weights::TensorFile file = ReferenceWeights("mobilenet_v1_025");
  file.tensors[0].name = "conv1/kernal";
  file.tensors[1].shape = {9};
  file.tensors[2].values[0] = NAN;
  EXPECT_THAT([&] { backbone->LoadWeights(file); },
              testing::ThrowsMessage<Error>(
                  testing::AllOf(testing::HasSubstr("4 tensors do not fit"), testing::HasSubstr("missing conv1/kernel"),
                                 testing::HasSubstr("unexpected conv1/kernal"),
                                 testing::HasSubstr("expected [8], found [9]"), testing::HasSubstr("holds NaN"))));
}

}  // namespace
}  // namespace kallos::nn
