// Features against values computed by Keras's own model code in float64 (every 16th of the 16928 of
// InceptionResNetV2, all 1280 of EfficientNet B0), with the weights of reference_weights.h.
#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <gmock/gmock.h>

#include "lib/core/error.h"
#include "lib/nn/architecture.h"
#include "lib/nn/backbone.h"
#include "lib/nn/declaration.h"
#include "lib/nn/torch_execution.h"
#include "lib/nn/weight_mapping.h"
#include "tests/nn/reference_features.h"

namespace kallos::nn {
namespace {

// By LibTorch's own operations, which CUDA uses, and which compute in bfloat16 on every CPU.
Deviation DeviateByLibTorch(const Reference& reference, at::ScalarType type) {
  const c10::InferenceMode inference;
  const Architecture architecture = FindArchitecture(reference.name, reference.outputs);
  Declaration declaration;
  BuildNetwork(declaration, architecture);
  const auto layout = KerasLayout(reference.name, reference.outputs);
  std::vector<FoldedConv> convs = FoldConvs(
      declaration.convs,
      TakeParameters(layout, ReferenceWeights(reference.name, reference.outputs), reference.name)
          .values);
  for (FoldedConv& conv : convs) {
    conv.weight = conv.weight.to(type);
    if (conv.bias.defined()) conv.bias = conv.bias.to(type);
  }
  PictureF picture = ReferencePicture(reference.size, reference.size);
  at::Tensor input =
      at::from_blob(picture.rgb.data(), {1, reference.size, reference.size, 3}, at::kFloat) / 255;
  if (architecture.scaling == Scaling::kImagenet)
    input = (input - at::tensor({0.485f, 0.456f, 0.406f})) / at::tensor({0.229f, 0.224f, 0.225f});
  TorchExecution execution(convs, input.permute({0, 3, 1, 2}).to(type), reference.taps);
  BuildNetwork(execution, architecture);
  const at::Tensor features = execution.Features();
  return Compare(reference, type == at::kFloat ? "fp32 by LibTorch" : "bf16 by LibTorch",
                 {features.data_ptr<float>(), static_cast<size_t>(features.numel())});
}

TEST(BackboneReference, InceptionResnetV2) {
  ExpectNear(Deviate(kInceptionResnetV2, {}, Precision::kFp32));
}

TEST(BackboneReference, EfficientNetB0) {
  ExpectNear(Deviate(kEfficientNetB0, {}, Precision::kFp32));
}

TEST(BackboneReference, NarrowShuffleNetV2) {
  ExpectNear(Deviate(kNarrow10, {}, Precision::kFp32));
  ExpectNear(Deviate(kNarrow8464, {}, Precision::kFp32));
}

// The published network never moves channels between its halves; the true shuffle must make a
// difference.
TEST(BackboneReference, TrueShuffleDiffersFromTheLegacyOne) {
  Reference mixing = kNarrow10;
  mixing.name = "shufflenet_v2_narrow";
  EXPECT_GT(Deviate(mixing, {}, Precision::kFp32).l2, 0.01);
}

TEST(BackboneReference, ByLibTorch) {
  for (const Reference& reference : {kInceptionResnetV2, kEfficientNetB0, kNarrow10, kNarrow8464}) {
    ExpectNear(DeviateByLibTorch(reference, at::kFloat));
    EXPECT_LT(DeviateByLibTorch(reference, at::kBFloat16).l2, kBf16);
  }
}

TEST(BackboneReference, Bf16StaysNear) {
  if (!CpuHasBf16()) {
    const std::unique_ptr<Backbone> backbone = MakeBackbone("mobilenet_v1_025", Taps::kPooled);
    backbone->RandomWeights(1);
    EXPECT_THROW(backbone->Prepare({}, Precision::kBf16), Error);
    GTEST_SKIP() << "this CPU has no AVX-512, which bf16 needs";
  }
  EXPECT_LT(Deviate(kInceptionResnetV2, {}, Precision::kBf16).l2, kBf16);
  EXPECT_LT(Deviate(kEfficientNetB0, {}, Precision::kBf16).l2, kBf16);
}

TEST(Backbone, DimensionsAndTaps) {
  EXPECT_EQ(MakeBackbone("inception_resnet_v2", Taps::kMultigap)->dimension(), 16928);
  EXPECT_EQ(MakeBackbone("inception_resnet_v2", Taps::kPooled)->dimension(), 1536);
  EXPECT_EQ(MakeBackbone("efficientnet_b7", Taps::kPooled)->dimension(), 2560);
  EXPECT_EQ(MakeBackbone("mobilenet_v1_025", Taps::kPooled)->dimension(), 256);
  EXPECT_EQ(MakeBackbone("shufflenet_v2_x1_5", Taps::kPooled)->dimension(), 1024);
  EXPECT_EQ(MakeBackbone("shufflenet_v2_x2_0", Taps::kMultigap)->dimension(),
            244 + 488 + 976 + 2048);
  EXPECT_EQ(MakeBackbone("shufflenet_v2_narrow", Taps::kMultigap)->dimension(), 30 + 36 + 42 + 256);
  EXPECT_EQ(MakeBackbone("efficientnet_b0", Taps::kOutputs, 8464)->dimension(), 8464);
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
  EXPECT_THAT(
      [&] { backbone->LoadWeights(file); },
      testing::ThrowsMessage<Error>(testing::AllOf(
          testing::HasSubstr("4 tensors do not fit"), testing::HasSubstr("missing conv1/kernel"),
          testing::HasSubstr("unexpected conv1/kernal"),
          testing::HasSubstr("expected [8], found [9]"), testing::HasSubstr("holds NaN"))));
}

}  // namespace
}  // namespace kallos::nn
