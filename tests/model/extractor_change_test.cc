// Changes of photographs on their way to the networks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/rng.h"
#include "lib/image/image.h"
#include "lib/model/extractor.h"

namespace kallos::model {
namespace {

using testing::HasSubstr;

Picture8 RandomPicture(uint64_t index) {
  Stream random(1, "tests/extract/change", index);
  Picture8 picture{64, 80, {}};
  for (int i = 0; i < 64 * 80 * 3; ++i)
    picture.rgb.push_back(static_cast<uint8_t>(random.Below(256)));
  return picture;
}

class ChangeTest : public testing::Test {
 protected:
  void SetUp() override { image::WritePng(path_, RandomPicture(1)); }
  void TearDown() override { fs::remove(path_); }

  static Extractor Make(const std::string& resize) {
    ExtractorSpec spec;
    spec.backbone = "mobilenet_v1_025";
    spec.resize = image::ParseResizeRule(resize);
    spec.random_seed = 1;
    spec.device = "cpu";
    return Extractor(spec);
  }

  std::vector<Features> Extract(const Change& change) const {
    return ExtractPhotos({{path_, "", change}}, {&native_, &half_}, {})[0];
  }

  const fs::path path_ = fs::path(testing::TempDir()) / "kallos_change.png";
  const Extractor native_ = Make("native"), half_ = Make("max-always:40");
};

TEST_F(ChangeTest, OfTheSourceIsSeenByAllExtractorsAndMadeOnce) {
  std::atomic<int> calls = 0;
  const auto changed = Extract({[&](const Picture8&) { return ++calls, RandomPicture(2); }, {}});
  EXPECT_EQ(calls, 1);
  image::WritePng(path_, RandomPicture(2));
  const auto expected = Extract({});
  for (size_t k = 0; k < 2; ++k) EXPECT_EQ(changed[k].value(), expected[k].value());
}

TEST_F(ChangeTest, OfTheInputComesAfterEachResize) {
  const auto changed = Extract({{}, [](const Picture8& input, size_t extractor) {
                                  EXPECT_EQ(input.width, extractor == 0 ? 80 : 40);
                                  PictureF out = image::ToFloat(input);
                                  for (float& value : out.rgb) value = 7;
                                  return out;
                                }});
  image::WritePng(path_, {64, 80, std::vector<uint8_t>(64 * 80 * 3, 7)});
  const auto expected = Extract({});
  for (size_t k = 0; k < 2; ++k) EXPECT_EQ(changed[k].value(), expected[k].value());
}

TEST_F(ChangeTest, FailuresAreThePhotographs) {
  const auto thrown =
      Extract({[](const Picture8&) -> Picture8 { throw InputError("no way"); }, {}});
  EXPECT_THAT(thrown[0].reason(), HasSubstr("no way"));
  const auto tiny = Extract({{}, [](const Picture8&, size_t) {
                               return PictureF{1, 1, {0, 0, 0}};
                             }});
  EXPECT_THAT(tiny[1].reason(), HasSubstr("too small: 1 x 1 pixels after resize and change"));
}

}  // namespace
}  // namespace kallos::model
