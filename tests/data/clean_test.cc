#include "data/clean.h"

#include "lib/core/csv.h"
#include "lib/core/hash.h"
#include "lib/image/image.h"
#include "lib/parallel/parallel.h"
#include "tests/data/data_test.h"
#include "tests/data/test_photos.h"

namespace kallos::data {
namespace {

using store::Manifest;
using store::ManifestRow;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CleanTest : public DataTest {
 protected:
  void SetUp() override {
    DataTest::SetUp();
    manifest_.folder = folder_;
  }

  // A row for a file that is there.
  ManifestRow& Add(const std::string& id, const std::string& split = "",
                   const std::string& benchmark = "") {
    ManifestRow row;
    row.id = id;
    row.path = id + ".jpg";
    row.split = split;
    row.benchmark = benchmark;
    manifest_.rows.push_back(row);
    return manifest_.rows.back();
  }
  void Photo(const std::string& id, const Picture8& picture, int quality = 92) const {
    image::WriteJpeg(folder_ / (id + ".jpg"), picture, quality);
  }

  // "kind id other action" of each finding.
  std::vector<std::string> Found(const CleanConfig& config = {}) {
    std::vector<std::string> lines;
    for (const Finding& f : Clean(manifest_, config))
      lines.push_back(
          fmt::format("{} {} {} {}", f.kind, f.id, f.other, f.removed ? "removed" : "kept"));
    return lines;
  }

  std::vector<std::string> Left() const {
    std::vector<std::string> ids;
    for (const ManifestRow& row : manifest_.rows) ids.push_back(row.id);
    return ids;
  }

  Manifest manifest_;
};

TEST_F(CleanTest, DifferentPhotographsStay) {
  for (uint64_t i = 0; i < 12; ++i) Photo(Add(fmt::format("p{}", i)).id, Scene(i));
  EXPECT_THAT(Found(), IsEmpty());
  EXPECT_EQ(manifest_.rows.size(), 12u);
}

TEST_F(CleanTest, CopiesAreFoundHoweverTheyWereMade) {
  const Picture8 scene = Scene(1);
  Photo(Add("a").id, scene);
  fs::copy(folder_ / "a.jpg", folder_ / (Add("b-same").id + ".jpg"));
  Photo(Add("c-recompressed").id, scene, 35);
  Photo(Add("d-half").id, HalfSize(scene));
  Photo(Add("e-bright").id, HalfSize(scene, 15), 60);
  Photo(Add("other").id, Scene(2));
  EXPECT_THAT(Found(),
              ElementsAre("duplicate b-same a removed", "near-duplicate c-recompressed a removed",
                          "near-duplicate d-half a removed", "near-duplicate e-bright a removed"));
  EXPECT_THAT(Left(), ElementsAre("a", "other"));
}

TEST_F(CleanTest, TheRowStaysThatWouldHarmMostInTraining) {
  const Picture8 scene = Scene(1);
  for (const std::string id : {"a-train", "b-test", "c-benchmark", "d-val", "e-large"})
    Photo(id, HalfSize(scene), 80);
  Photo("e-large", scene);
  Add("a-train", "train");
  Add("b-test", "test");
  Add("d-val", "val");
  Add("e-large", "train");
  Manifest with_benchmark = manifest_;
  EXPECT_THAT(Found(),
              ElementsAre(HasSubstr("a-train b-test removed"), HasSubstr("d-val b-test removed"),
                          HasSubstr("e-large b-test removed")));
  manifest_ = with_benchmark;
  Add("c-benchmark", "test", "alm");
  Add("f-other", "test", "shutter");
  fs::copy(folder_ / "c-benchmark.jpg", folder_ / "f-other.jpg");
  Found();
  EXPECT_THAT(Left(), ElementsAre("c-benchmark", "f-other"))
      << "benchmarks are reported, never removed";
}

TEST_F(CleanTest, TheLargerPictureStaysThenTheSmallerId) {
  Photo(Add("a").id, HalfSize(Scene(1)));
  Photo(Add("b").id, Scene(1));
  Photo(Add("y").id, Scene(2));
  fs::copy(folder_ / "y.jpg", folder_ / (Add("x").id + ".jpg"));
  Found();
  EXPECT_THAT(Left(), ElementsAre("b", "x"));
}

TEST_F(CleanTest, FindingsTellPlacesAndLabels) {
  Photo("a", Scene(1));
  Photo("b", Scene(1), 50);
  Add("a", "test").label = 1;
  Add("b", "train").label = 0;
  const std::vector<Finding> findings = Clean(manifest_, {});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_TRUE(findings[0].across);
  EXPECT_THAT(findings[0].detail,
              AllOf(HasSubstr("of 256 bits differ"), HasSubstr("train and test"),
                    HasSubstr("the labels differ")));
}

TEST_F(CleanTest, BrokenChangedAndSmallOnesGo) {
  Photo(Add("good").id, Scene(1));
  PublishBytes(folder_ / (Add("empty").id + ".jpg"), "");
  PublishBytes(folder_ / (Add("cut").id + ".jpg"), ReadFile(folder_ / "good.jpg").substr(0, 2000));
  Add("missing");
  Photo("changed", Scene(2));
  Add("changed").sha256 = std::string(64, '0');
  Photo(Add("small").id, Scene(3, 31, 100));
  Photo(Add("enough").id, Scene(4, 32, 100));
  EXPECT_THAT(Found(), ElementsAre("changed changed  removed", "corrupt cut  removed",
                                   "corrupt empty  removed", "corrupt missing  removed",
                                   "too-small small  removed"));
  EXPECT_THAT(Left(), ElementsAre("good", "enough"));
}

TEST_F(CleanTest, ThresholdsAreObeyed) {
  Photo(Add("a").id, Scene(1));
  Photo(Add("b").id, Scene(1), 35);
  Photo(Add("c").id, Scene(2));
  const Manifest all = manifest_;
  CleanConfig config;
  config.distance = 0;
  EXPECT_THAT(Found(config), IsEmpty()) << "recompression changes a few bits";
  config.distance = 256;
  EXPECT_EQ(Found(config).size(), 2u) << "everything is alike";
  manifest_ = all;
  config.distance = 24;
  config.near_duplicates = false;
  EXPECT_THAT(Found(config), ElementsAre("near-duplicate b a kept"));
  EXPECT_EQ(manifest_.rows.size(), 3u);
  config.min_size = 97;
  EXPECT_EQ(Found(config).size(), 3u);
  EXPECT_THAT(Left(), IsEmpty());
}

TEST_F(CleanTest, NothingOnDiskIsTouched) {
  Photo(Add("a").id, Scene(1));
  Photo(Add("b").id, Scene(1), 40);
  PublishBytes(folder_ / (Add("c").id + ".jpg"), "broken, with \"quotes\"");
  store::WriteManifest(folder_ / "m.csv", manifest_);
  const auto before = Files();
  CleanConfig config;
  config.manifest = folder_ / "m.csv";
  config.out = folder_ / "clean.csv";
  Run(RunClean, config);
  auto after = Files();
  const CsvTable findings = ReadCsv(folder_ / "clean.findings.csv");
  EXPECT_THAT(findings.columns, ElementsAre("kind", "id", "other", "detail", "action"));
  EXPECT_EQ(findings.rows.size(), 2u);
  EXPECT_EQ(store::ReadManifest(config.out).rows.size(), 1u);
  after.erase("clean.csv");
  after.erase("clean.findings.csv");
  EXPECT_EQ(after, before);
  config.out = folder_ / "m.csv";
  EXPECT_THAT(MessageOf([&] { Run(RunClean, config); }, ErrorKind::kUsage),
              HasSubstr("never overwritten"));
  config.out = folder_ / "other.csv";
  config.findings = folder_ / "./m.csv";
  EXPECT_THAT(MessageOf([&] { Run(RunClean, config); }, ErrorKind::kUsage),
              HasSubstr("never overwritten"));
}

TEST_F(CleanTest, NothingWouldRemain) {
  Add("missing");
  store::WriteManifest(folder_ / "m.csv", manifest_);
  CleanConfig config;
  config.manifest = folder_ / "m.csv";
  config.out = folder_ / "clean.csv";
  EXPECT_THAT(MessageOf([&] { Run(RunClean, config); }),
              AllOf(HasSubstr("nothing would remain"), HasSubstr("findings")));
  EXPECT_FALSE(fs::exists(config.out));
}

}  // namespace
}  // namespace kallos::data
