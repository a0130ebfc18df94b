#include "eval/report/contact_section.h"

#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/image/image.h"
#include "lib/store/manifest.h"
#include "tests/eval/report/example_runs.h"
#include "tests/measures/example_predictions.h"

namespace kallos::report {
namespace {

using testing::HasSubstr;

// Six photographs; the last two are judged wrong.
class ContactTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = MakeTestFolder("contact");
    store::Manifest manifest{folder_, {}, {}};
    for (int i = 0; i < 6; ++i) {
      const std::string name = fmt::format("p{}.jpg", i);
      image::WriteJpeg(
          folder_ / name,
          {200, 300, std::vector<uint8_t>(200 * 300 * 3, static_cast<uint8_t>(40 * i))}, 90);
      store::ManifestRow row;
      row.id = fmt::format("test-{:05}", i);
      row.path = name;
      row.sha256 = Sha256OfFile(folder_ / name);
      manifest.rows.push_back(row);
    }
    store::WriteManifest(folder_ / "m.csv", manifest);
    MakeBenchmark(folder_ / "e",
                  measures::MakePredictions({0.9, 0.2, 0.7, 0.05, 0.4, 0.8}, {1, 0, 1, 0, 1, 0}),
                  "manifest: " + (folder_ / "m.csv").string());
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::vector<document::Sheet> Sheets(const ContactSettings& settings = {}) const {
    std::vector<document::Sheet> sheets;
    for (const document::Block& block :
         ContactSection(FindRuns({folder_ / "e"}), settings).blocks) {
      if (const auto* sheet = std::get_if<document::Sheet>(&block)) sheets.push_back(*sheet);
    }
    return sheets;
  }

  fs::path folder_;
};

std::vector<std::string> VerdictsOf(const document::Sheet& sheet) {
  std::vector<std::string> verdicts;
  for (const document::Photo& photo : sheet.photos)
    verdicts.push_back(photo.verdict + (photo.truth.empty() ? "" : " " + photo.truth));
  return verdicts;
}

TEST_F(ContactTest, HitsAndMissesByConfidence) {
  const std::vector<document::Sheet> sheets = Sheets();
  ASSERT_EQ(sheets.size(), 2u);
  EXPECT_THAT(VerdictsOf(sheets[0]),
              testing::ElementsAre("bad 95.0 %", "good 90.0 %", "bad 80.0 %", "good 70.0 %"));
  EXPECT_THAT(VerdictsOf(sheets[1]),
              testing::ElementsAre("good 80.0 % is bad", "bad 60.0 % is good"));
  EXPECT_EQ(sheets[1].caption, "Wrong: the 2 most confident of 2");
  EXPECT_EQ(Sheets({{}, 1})[0].photos.size(), 1u);
  EXPECT_TRUE(Sheets({{}, 0}).empty());
}

TEST_F(ContactTest, ThumbnailsAreSmallCopies) {
  for (const document::Sheet& sheet : Sheets()) {
    for (const document::Photo& photo : sheet.photos) {
      const Result<Picture8> picture = image::Decode(photo.jpeg, {});
      ASSERT_TRUE(picture.ok()) << photo.why;
      EXPECT_EQ(picture.value().width, 160);
      EXPECT_EQ(picture.value().height, 107);
      const int shade = 40 * (photo.name.back() - '0');  // that of the photograph of this id
      EXPECT_NEAR(picture.value().rgb[0], shade, 3);
    }
  }
}

TEST_F(ContactTest, WhatIsGoneChangedOrBrokenSaysSo) {
  fs::remove(folder_ / "p0.jpg");
  PublishBytes(folder_ / "p1.jpg", ReadFile(folder_ / "p2.jpg"));
  store::Manifest manifest = store::ReadManifest(folder_ / "m.csv");
  const std::string cut = ReadFile(folder_ / "p3.jpg").substr(0, 400);
  PublishBytes(folder_ / "p3.jpg", cut);
  manifest.rows[3].sha256 = Sha256Hex(cut);
  manifest.rows.erase(manifest.rows.begin() + 2);
  store::WriteManifest(folder_ / "m.csv", manifest);
  std::map<std::string, std::string> why;
  for (const document::Sheet& sheet : Sheets()) {
    for (const document::Photo& photo : sheet.photos) {
      EXPECT_EQ(photo.jpeg.empty(), !photo.why.empty());
      why[photo.name] = photo.why;
    }
  }
  EXPECT_THAT(why["test-00000"], HasSubstr("deleted"));
  EXPECT_THAT(why["test-00001"], HasSubstr("changed since it was imported"));
  EXPECT_THAT(why["test-00002"], HasSubstr("not in the manifest"));
  EXPECT_NE(why["test-00003"], "");
  EXPECT_EQ(why["test-00004"], "");
}

TEST_F(ContactTest, WithoutAManifestItSaysWhatToDo) {
  MakeBenchmark(folder_ / "e", measures::DrawPredictions(1, 20));
  const document::Section section = ContactSection(FindRuns({folder_ / "e"}), {});
  EXPECT_TRUE(std::ranges::any_of(section.blocks, [](const document::Block& block) {
    const auto* paragraph = std::get_if<document::Paragraph>(&block);
    return paragraph != nullptr &&
           paragraph->text.starts_with("No contact sheet: nothing says where");
  }));
  // Ids that are in no manifest are placeholders.
  EXPECT_FALSE(Sheets({folder_ / "m.csv", 24}).empty());
}

}  // namespace
}  // namespace kallos::report
