#include "data/import.h"

#include "data/import_sources.h"
#include "lib/core/csv.h"
#include "lib/core/hash.h"
#include "lib/image/image.h"
#include "lib/parallel/parallel.h"
#include "tests/data/data_test.h"
#include "tests/data/test_photos.h"

namespace kallos::data {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class ImportTest : public DataTest {
 protected:
  void SetUp() override {
    DataTest::SetUp();
    photos_ = folder_ / "photos";
    image::WriteJpeg(folder_ / "sample.jpg", Scene(1), 90);
    jpeg_ = ReadFile(folder_ / "sample.jpg");
    fs::create_directories(photos_);
  }

  void Put(const fs::path& file) const { PublishBytes(photos_ / file, jpeg_); }

  ImportConfig FolderConfig() const {
    ImportConfig config;
    config.photos = photos_;
    config.out = folder_ / "m.csv";
    return config;
  }

  // With `text` as its CSV.
  ImportConfig CsvConfig(const std::string& text) const {
    PublishBytes(folder_ / "labels.csv", text);
    ImportConfig config;
    config.csv = folder_ / "labels.csv";
    config.root = photos_;
    config.out = folder_ / "m.csv";
    return config;
  }

  std::string CsvError(const std::string& text) const {
    return MessageOf([&] { Import(CsvConfig(text)); });
  }

  fs::path photos_;
  std::string jpeg_;
};

std::vector<std::string> IdsOf(const Imported& imported) {
  std::vector<std::string> ids;
  for (const store::ManifestRow& row : imported.manifest.rows) ids.push_back(row.id);
  return ids;
}

std::string ReasonFor(const Imported& imported, const std::string& id) {
  for (const store::Skipped& row : imported.skipped) {
    if (row.id == id) return row.reason;
  }
  return "not skipped";
}

TEST_F(ImportTest, FoldersGiveLabelsAndEveryFileIsDescribed) {
  for (const char* file :
       {"good/b.jpg", "good/a.JPG", "BAD/x/y/c.jpeg", "other/d.jpg", "e.jpg", "good/bad/f.jpg"})
    Put(file);
  PublishBytes(photos_ / "good/notes.txt", "no photograph");
  PublishBytes(photos_ / "good/phone.HEIC", "unread");
  Run(RunImport, FolderConfig());
  const store::Manifest manifest = store::ReadManifest(folder_ / "m.csv");
  std::map<std::string, std::optional<int>> labels;
  for (const store::ManifestRow& row : manifest.rows) {
    labels[row.id] = row.label;
    EXPECT_EQ(row.path, "photos/" + row.id);
    EXPECT_EQ(row.sha256, Sha256Hex(jpeg_));
    EXPECT_EQ(row.width, 128);
    EXPECT_EQ(row.height, 96);
  }
  EXPECT_THAT(labels,
              ElementsAre(std::pair("BAD/x/y/c.jpeg", 0), std::pair("e.jpg", std::nullopt),
                          std::pair("good/a.JPG", 1), std::pair("good/b.jpg", 1),
                          std::pair("good/bad/f.jpg", 0), std::pair("other/d.jpg", std::nullopt)));
  EXPECT_TRUE(std::is_sorted(manifest.rows.begin(), manifest.rows.end(),
                             [](const auto& a, const auto& b) { return a.id < b.id; }));
  EXPECT_THAT(
      ReadCsv(folder_ / "m.skipped.csv").rows,
      ElementsAre(ElementsAre("good/phone.HEIC", "good/phone.HEIC", HasSubstr("convert it"))));
}

TEST_F(ImportTest, LabelsMayHaveAnyName) {
  Put("Schön/a.jpg");
  Put("naja/b.jpg");
  ImportConfig config = FolderConfig();
  config.labels = {"Schön=1, naja=0"};
  config.benchmark = "alm";
  const Imported imported = Import(config);
  EXPECT_EQ(imported.manifest.rows[0].label, 1);
  EXPECT_EQ(imported.manifest.rows[1].label, 0);
  EXPECT_EQ(imported.manifest.rows[1].benchmark, "alm");
  EXPECT_EQ(ParseLabels({"a=b=1", "A=B=1"}).at("a=b"), 1);
  for (const char* bad : {"good", "good=2", "=1", "", "good=1,GOOD=0", " =0"})
    EXPECT_NE(MessageOf([&] { ParseLabels({bad}); }, ErrorKind::kUsage), "no error") << bad;
}

TEST_F(ImportTest, OddNames) {
  const std::string newline = "good/new\nline.jpg";
  const std::string longest = "good/" + std::string(240, 'x') + ".jpg";
  const std::string unicode = "good/été 😀, \"x\".jpg";
  for (const std::string& name :
       {newline, longest, unicode, std::string("folder.jpg/a.jpg"), std::string("bare")})
    Put(name);
  Put("good/bad\xFF.jpg");
  Run(RunImport, FolderConfig());
  const store::Manifest manifest = store::ReadManifest(folder_ / "m.csv");
  ASSERT_EQ(manifest.rows.size(), 5u);
  for (const store::ManifestRow& row : manifest.rows)
    EXPECT_EQ(ReadFile(manifest.PathOf(row)), jpeg_) << row.id;
  const CsvTable skipped = ReadCsv(folder_ / "m.skipped.csv");
  ASSERT_EQ(skipped.rows.size(), 1u);
  EXPECT_THAT(skipped.rows[0],
              ElementsAre("good/bad\\xFF.jpg", "good/bad\\xFF.jpg", HasSubstr("rename")));
}

TEST_F(ImportTest, LinksToFilesAreFollowedOthersReported) {
  Put("good/a.jpg");
  fs::create_symlink("a.jpg", photos_ / "good/link.jpg");
  fs::create_symlink("loop.jpg", photos_ / "good/loop.jpg");
  fs::create_symlink("missing.jpg", photos_ / "good/dangling.jpg");
  fs::create_symlink("..", photos_ / "good/up");
  const Imported imported = Import(FolderConfig());
  EXPECT_THAT(IdsOf(imported), ElementsAre("good/a.jpg", "good/link.jpg"));
  EXPECT_THAT(ReasonFor(imported, "good/loop.jpg"), HasSubstr("cannot be reached"));
  EXPECT_THAT(ReasonFor(imported, "good/dangling.jpg"), HasSubstr("leads nowhere"));
  EXPECT_THAT(ReasonFor(imported, "good/up"), HasSubstr("link to a folder"));
}

TEST_F(ImportTest, WhatDoesNotDecodeIsSkipped) {
  Put("ok.jpg");
  PublishBytes(photos_ / "empty.jpg", "");
  PublishBytes(photos_ / "text.jpg", "no photograph");
  PublishBytes(photos_ / "cut.jpg", jpeg_.substr(0, jpeg_.size() * 9 / 10));
  const Imported headers = Import(FolderConfig());
  EXPECT_THAT(IdsOf(headers), ElementsAre("cut.jpg", "ok.jpg"));
  EXPECT_THAT(ReasonFor(headers, "empty.jpg"), HasSubstr("empty"));
  EXPECT_THAT(ReasonFor(headers, "text.jpg"), HasSubstr("not a picture"));
  ImportConfig config = FolderConfig();
  config.verify = true;
  EXPECT_THAT(ReasonFor(Import(config), "cut.jpg"), HasSubstr("JPEG"));
  config.max_pixels = 96 * 128 - 1;
  EXPECT_THAT(ReasonFor(Import(config), "ok.jpg"), HasSubstr("--max-pixels"));
  config.max_pixels += 1;
  EXPECT_THAT(IdsOf(Import(config)), ElementsAre("ok.jpg"));
  config.strict = true;
  EXPECT_THAT(MessageOf([&] { Run(RunImport, config); }),
              AllOf(HasSubstr("3 photographs cannot be used"), HasSubstr("cut.jpg"),
                    HasSubstr("--strict")));
  EXPECT_FALSE(fs::exists(config.out));
}

TEST_F(ImportTest, SameManifestAtAnyThreadCount) {
  for (int i = 0; i < 20; ++i) Put(fmt::format("good/{}.jpg", i));
  std::vector<std::string> texts;
  for (const int threads : {1, 2, 5}) {
    SetThreads(threads);
    texts.push_back(store::FormatManifest(Import(FolderConfig()).manifest, folder_ / "m.csv"));
  }
  EXPECT_EQ(texts[0], texts[1]);
  EXPECT_EQ(texts[0], texts[2]);
}

TEST_F(ImportTest, NothingToImport) {
  EXPECT_THAT(MessageOf([&] { Run(RunImport, FolderConfig()); }),
              AllOf(HasSubstr("no photographs in it"), HasSubstr("good/a.jpg")));
  PublishBytes(photos_ / "empty.jpg", "");
  EXPECT_THAT(MessageOf([&] { Run(RunImport, FolderConfig()); }),
              AllOf(HasSubstr("not one of 1 photographs"), HasSubstr("empty.jpg")));
  EXPECT_FALSE(fs::exists(folder_ / "m.csv"));
  ImportConfig config = FolderConfig();
  config.photos = folder_ / "missing";
  EXPECT_THAT(MessageOf([&] { Import(config); }), HasSubstr("missing: no such folder"));
  config.photos = folder_ / "sample.jpg";
  EXPECT_THAT(MessageOf([&] { Import(config); }), HasSubstr("sample.jpg: not a folder"));
}

TEST_F(ImportTest, ACsvMayHaveItsColumnsInAnyOrderAndCase) {
  Put("a.jpg");
  Put("sub/b.jpg");
  const Imported imported = Import(CsvConfig(
      "MOS,camera,Image,Class,group,Split\n7.5,X100,sub/b.jpg,Good,g1,test\n,M6, a.jpg ,0,,\n"));
  const auto& rows = imported.manifest.rows;
  ASSERT_THAT(IdsOf(imported), ElementsAre("a.jpg", "sub/b.jpg"));
  EXPECT_EQ(rows[0].label, 0);
  EXPECT_FALSE(rows[0].score.has_value());
  EXPECT_EQ(rows[1].label, 1);
  EXPECT_EQ(rows[1].score, 7.5);
  EXPECT_EQ(rows[1].group, "g1");
  EXPECT_EQ(rows[1].split, "test");
  EXPECT_EQ(rows[1].sha256, Sha256Hex(jpeg_));
  EXPECT_THAT(imported.manifest.extra_columns, ElementsAre("camera"));
  EXPECT_THAT(rows[1].extra, ElementsAre("X100"));
}

TEST_F(ImportTest, ScoresMakeLabels) {
  for (const char* file : {"a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg"}) Put(file);
  ImportConfig config = CsvConfig(
      "id,path,score,label\nA,a.jpg,7,\nB,b.jpg,6,\nC,c.jpg,3,\nD,d.jpg,4,\nE,e.jpg,9,0\n");
  config.good_above = 6;
  config.bad_below = 4;
  const Imported imported = Import(config);
  const auto& rows = imported.manifest.rows;
  ASSERT_THAT(IdsOf(imported), ElementsAre("A", "B", "C", "D", "E"));
  EXPECT_EQ(rows[0].label, 1);
  EXPECT_FALSE(rows[1].label.has_value());
  EXPECT_EQ(rows[2].label, 0);
  EXPECT_FALSE(rows[3].label.has_value());
  EXPECT_EQ(rows[4].label, 0) << "a label that is there stays";
}

TEST_F(ImportTest, CsvFaultsNameLineAndRemedy) {
  EXPECT_THAT(CsvError("name,label\na.jpg,1\n"),
              AllOf(HasSubstr("labels.csv: no column with the file names"),
                    HasSubstr("found: name, label")));
  EXPECT_THAT(CsvError("path,label\na.jpg,1\nb.jpg,7\n"), HasSubstr("labels.csv:3: label '7'"));
  EXPECT_THAT(CsvError("path,score\na.jpg,nan\n"), HasSubstr("labels.csv:2: score 'nan'"));
  EXPECT_THAT(CsvError("path,mos\na.jpg,\"1,5\"\n"), HasSubstr("labels.csv:2: score '1,5'"));
  EXPECT_THAT(CsvError("path\na.jpg\na.jpg\n"), HasSubstr("labels.csv:3: 'a.jpg' appears twice"));
  EXPECT_THAT(CsvError("id,path\nx,a.jpg\nx,b.jpg\n"),
              HasSubstr("labels.csv:3: 'x' appears twice"));
  EXPECT_THAT(CsvError("path,label\n,1\n"), HasSubstr("labels.csv:2: the file name is empty"));
  EXPECT_THAT(CsvError("path,label\na.jpg\n"),
              HasSubstr("labels.csv:2: 1 fields, but the header has 2"));
  EXPECT_THAT(CsvError("path,label\na\xFF.jpg,1\n"), HasSubstr("UTF-8"));
  EXPECT_THAT(CsvError(""), HasSubstr("empty"));
  const Imported imported = Import(CsvConfig("path,label\nmissing.jpg,1\n"));
  EXPECT_THAT(ReasonFor(imported, "missing.jpg"), HasSubstr("no such file"));
}

TEST_F(ImportTest, TheCsvIsNeverOverwritten) {
  Put("a.jpg");
  ImportConfig config = CsvConfig("path,label\na.jpg,1\n");
  config.out = *config.csv;
  EXPECT_THAT(MessageOf([&] { Run(RunImport, config); }, ErrorKind::kUsage),
              HasSubstr("never overwritten"));
  EXPECT_EQ(ReadFile(*config.csv), "path,label\na.jpg,1\n");
}

TEST_F(ImportTest, FlagsThatContradictEachOther) {
  ImportConfig config = FolderConfig();
  EXPECT_EQ(ViolationsOf(config), "");
  config.root = folder_;
  config.good_above = 1;
  EXPECT_THAT(ViolationsOf(config), AllOf(HasSubstr("--root"), HasSubstr("--good-above")));
  config.csv = folder_ / "x.csv";
  EXPECT_THAT(ViolationsOf(config), HasSubstr("either a folder"));
  config.photos.reset();
  config.bad_below = 2;
  EXPECT_THAT(ViolationsOf(config), HasSubstr("--bad-below must not be larger"));
}

}  // namespace
}  // namespace kallos::data
