// On a real device; skipped where there is none.
#include <gmock/gmock.h>

#include "tests/nn/reference_features.h"

namespace kallos::nn {
namespace {

class CudaBackbone : public testing::Test {
 protected:
  void SetUp() override {
    device_ = ResolveDevice("auto");
    if (!device_.cuda) GTEST_SKIP() << "skipped: LibTorch sees no CUDA device here";
  }
  Device device_;
};

TEST_F(CudaBackbone, FeaturesAreKeras) {
  for (const Reference& reference : {kInceptionResnetV2, kEfficientNetB0, kNarrow8464}) {
    ExpectNear(Deviate(reference, device_, Precision::kFp32));
    EXPECT_LT(Deviate(reference, device_, Precision::kTf32).l2, 0.02);
    EXPECT_LT(Deviate(reference, device_, Precision::kFp16).l2, 0.02);
    EXPECT_LT(Deviate(reference, device_, Precision::kBf16).l2, kBf16);
  }
}

TEST_F(CudaBackbone, ABatchGivesWhatItsPicturesGiveAlone) {
  for (const std::string name : {"inception_resnet_v2", "efficientnet_b0", "mobilenet_v1_025",
                                 "shufflenet_v2_narrow", "shufflenet_v2_x1_0"}) {
    const auto backbone = MakeBackbone(name, Taps::kMultigap);
    backbone->LoadWeights(ReferenceWeights(name));
    backbone->Prepare(device_, Precision::kFp32);
    std::vector<PictureF> pictures;
    for (int i = 0; i < 5; ++i) {
      pictures.push_back(ReferencePicture(150, 203));
      for (float& value : pictures.back().rgb) value = value * static_cast<float>(i + 1) / 5;
    }
    const Matrix<float> together = backbone->Extract(pictures, backbone->default_scaling());
    for (size_t i = 0; i < pictures.size(); ++i) {
      const Matrix<float> alone = backbone->Extract({&pictures[i], 1}, backbone->default_scaling());
      const std::vector<float> expected(alone.Row(0).begin(), alone.Row(0).end());
      EXPECT_LT(Compare(together.Row(i), expected, 1).l2, 1e-5) << name << " picture " << i;
    }
  }
}

}  // namespace
}  // namespace kallos::nn
