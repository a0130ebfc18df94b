// Features of views against those of the transformed pictures as files of their own.
#include "eval/robustness/fill_views.h"

#include <gtest/gtest.h>

#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/image/image.h"
#include "lib/image/published_transform.h"
#include "lib/model/bundle_extractors.h"
#include "tests/nn/denoising_weights.h"

namespace kallos::eval {
namespace {

using image::Transform;

constexpr uint64_t kSeed = 3;

model::Bundle UntrainedBundle() {
  const auto description = [](const std::string& resize) {
    return R"({"backbone":"mobilenet_v1_025","format_version":1,"orientation":"apply","precision":"fp32","resize":")" +
           resize + R"(","scaling":"symmetric","taps":"pooled","weights":"random:1"})";
  };
  model::Bundle bundle;
  for (const std::string resize : {"native", "max-always:70"})
    bundle.parts.push_back(
        {"mobilenet_v1_025/pooled", description(resize), Sha256Hex(description(resize)), 256});
  return bundle;
}

class FillingViews : public testing::Test {
 protected:
  FillingViews() {
    fs::remove_all(folder_);
    for (int i = 0; i < 50 * 60 * 3; ++i) picture_.rgb.push_back(static_cast<uint8_t>(i * i % 251));
    for (const std::string id : {"a", "b"}) {
      image::WritePng(folder_ / (id + ".png"), picture_);
      store::ManifestRow& row = photographs_.rows.emplace_back();
      row.id = id;
      row.path = id + ".png";
      row.label = 1;
    }
    photographs_.folder = folder_;
    config_.device = "cpu";
  }
  ~FillingViews() override { fs::remove_all(folder_); }

  std::vector<float> Kept(const View& view, size_t part, int64_t row) const {
    const store::FeatureStore store(stores_.FolderOf(view, part));
    const Matrix<float> features = store.ReadRows(std::vector<int64_t>{row});
    return {features.Row(0).begin(), features.Row(0).end()};
  }

  // Of a picture that was transformed before.
  std::vector<float> Extracted(const Picture8& picture, size_t part) const {
    const fs::path file = folder_ / "transformed.png";
    image::WritePng(file, picture);
    return model::MakeExtractors(bundle_, {}, "cpu")[part]->ExtractFiles({file})[0].value();
  }

  fs::path folder_ = fs::path(testing::TempDir()) / "kallos_fill_views";
  Picture8 picture_{50, 60, {}};
  store::Manifest photographs_;
  RobustnessConfig config_;
  model::Bundle bundle_ = UntrainedBundle();
  ViewStores stores_{folder_ / "views", bundle_.parts, {"photographs", "cpu", kSeed}};
};

TEST_F(FillingViews, TransformsTheSourceForAllBackbones) {
  const View crop{Transform::kCrop, 4};
  FillViews(stores_, {{}, crop}, bundle_, photographs_, config_, kSeed);
  const Picture8 cropped = image::Apply(picture_, Transform::kCrop, 4,
                                        Stream(kSeed, "eval/robustness/crop", Fnv1a64("b"), 0));
  for (const size_t part : {0, 1}) {
    EXPECT_EQ(Kept({}, part, 0), Extracted(picture_, part));
    EXPECT_EQ(Kept(crop, part, 1), Extracted(cropped, part));
    EXPECT_NE(Kept(crop, part, 0), Kept(crop, part, 1)) << "random numbers of its own";
  }
}

TEST_F(FillingViews, AsPublishedEachBackboneHasItsRandomNumbers) {
  const View salt{Transform::kNoise, kAsPublished};
  FillViews(stores_, {salt}, bundle_, photographs_, config_, kSeed);
  const auto salted = [&](size_t backbone) {
    return image::AddSalt(picture_, Stream(kSeed, "eval/robustness/noise", Fnv1a64("a"), backbone));
  };
  EXPECT_EQ(Kept(salt, 0, 0), Extracted(salted(1), 0)) << "native: no resize in between";
  // The store of one backbone alone is lost: the other's numbers stay as they are.
  const std::vector<float> second = Kept(salt, 1, 0);
  fs::remove_all(stores_.FolderOf(salt, 1));
  FillViews(stores_, {salt}, bundle_, photographs_, config_, kSeed);
  EXPECT_EQ(Kept(salt, 1, 0), second);
}

// A denoiser that removes nothing: what is left is the stretch to multiples of 8.
TEST_F(FillingViews, ThePublishedDenoiserTakesMultiplesOfEight) {
  const View denoise{Transform::kDenoise, kAsPublished};
  config_.denoiser = folder_ / "denoiser.safetensors";
  nn::WriteDenoiser(*config_.denoiser, nn::ConstantNoise(0));
  FillViews(stores_, {denoise}, bundle_, photographs_, config_, kSeed);
  const Picture8 stretched = image::ToMultiplesOfEight(picture_);
  EXPECT_EQ(stretched.height, 48);
  EXPECT_EQ(stretched.width, 56);
  EXPECT_EQ(Kept(denoise, 0, 0), Extracted(stretched, 0));
}

TEST_F(FillingViews, FinishedMeansAllParts) {
  const View blur{Transform::kBlur, 1};
  EXPECT_FALSE(stores_.AreFinished(blur));
  FillViews(stores_, {blur}, bundle_, photographs_, config_, kSeed);
  EXPECT_TRUE(stores_.AreFinished(blur));
  fs::remove(stores_.FolderOf(blur, 1) / "store.json");
  EXPECT_FALSE(stores_.AreFinished(blur));
}

TEST_F(FillingViews, PhotographsThatCouldNotBeOpenedAreTriedAgain) {
  const View blur{Transform::kBlur, 1};
  fs::rename(folder_ / "b.png", folder_ / "away.png");
  FillViews(stores_, {blur}, bundle_, photographs_, config_, kSeed);
  EXPECT_FALSE(stores_.AreFinished(blur));
  fs::rename(folder_ / "away.png", folder_ / "b.png");
  FillViews(stores_, {blur}, bundle_, photographs_, config_, kSeed);
  EXPECT_TRUE(stores_.AreFinished(blur));
  EXPECT_EQ(store::FeatureStore(stores_.FolderOf(blur, 0)).rows(), 2);
}

}  // namespace
}  // namespace kallos::eval
