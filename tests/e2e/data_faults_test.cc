// Faults of kallos-data: bad files, full disks and missing rights give a clear message, the right
// exit code, no damage.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "lib/core/csv.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/image/image.h"
#include "lib/store/feature_store.h"
#include "lib/store/matrix_file.h"
#include "tests/e2e/command.h"

namespace kallos::e2e {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class DataFaults : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = MakeTestFolder("data-faults");
    manifest_ = MakePhotos(folder_, 8);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void Write(const std::string& name, const std::string& bytes) const {
    PublishBytes(folder_ / name, bytes);
  }

  Outcome Import(const Words& more = {}, const Surroundings& surroundings = {}) const {
    Words words = {"kallos-data", "import", folder_ / "photos", "--out", folder_ / "m.csv"};
    words.insert(words.end(), more.begin(), more.end());
    return RunProgram(words, surroundings);
  }

  // Features of the photographs, as a store.
  void Pack() const {
    Matrix<float> values(8, 30);
    for (size_t i = 0; i < 8 * 30; ++i) values.data()[i] = static_cast<float>(i) / 8.0f;
    store::WriteMatrixFile(folder_ / "x.npy", values.View(), false);
    const Outcome outcome = RunProgram(PackWords());
    ASSERT_EQ(outcome.code, 0) << outcome.output;
  }
  Words PackWords() const {
    return {"kallos-data", "pack",  "--matrix",        folder_ / "x.npy",  "--manifest",
            manifest_,     "--out", folder_ / "store", "--rows-per-shard", "3"};
  }
  Outcome Unpack() const {
    return RunProgram(
        {"kallos-data", "unpack", "--features", folder_ / "store", "--out", folder_ / "back.npy"});
  }

  fs::path folder_;
  fs::path manifest_;
};

// Each broken in another way; none of them may disturb the others.
TEST_F(DataFaults, ImportReportsEveryBrokenPhotograph) {
  const std::string good = ReadFile(folder_ / "photos/p000.jpg");
  image::WritePng(folder_ / "photos/crc.png", image::Decode(good, {}).value());
  std::string png = ReadFile(folder_ / "photos/crc.png");
  png[png.size() / 2] ^= 1;
  Write("photos/crc.png", png);
  Write("photos/empty.jpg", "");
  Write("photos/text.jpg", "this is no photograph\n");
  Write("photos/cut30.jpg", good.substr(0, good.size() * 3 / 10));
  Write("photos/cut90.jpg", good.substr(0, good.size() * 9 / 10));
  Write("photos/bomb.png",
        std::string("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x75\x30\0\0\x75\x30\x08\x02\0\0\0", 29) +
            "crc!");
  Write("photos/bomb.ppm", "P6\n30000 30000\n255\n");
  Write("photos/bad\xFF.jpg", good);
  fs::create_symlink("loop.jpg", folder_ / "photos/loop.jpg");
  Write("photos/tiny.ppm", std::string("P6\n1 1\n255\n\1\2\3", 14));
  Write("photos/line.pgm", "P5\n1 20000\n255\n" + std::string(20'000, 'x'));
  Write("photos/folder.jpg/inside.jpg", good);
  Write("photos/new\nline.jpg", good);
  fs::copy(folder_ / "photos/p000.jpg", folder_ / "photos" / (std::string(251, 'x') + ".jpg"));

  const Outcome outcome = Import({"--verify"});
  ASSERT_EQ(outcome.code, 0) << outcome.output;
  EXPECT_LT(outcome.peak_bytes, size_t{300} << 20);
  EXPECT_EQ(ReadCsv(folder_ / "m.csv").rows.size(), 8u + 5u);
  const CsvTable skipped = ReadCsv(folder_ / "m.skipped.csv");
  std::vector<std::string> ids;
  for (const auto& row : skipped.rows) {
    ids.push_back(row[0]);
    EXPECT_FALSE(row[2].empty()) << row[0];
  }
  EXPECT_THAT(ids,
              testing::ElementsAre("bad\\xFF.jpg", "bomb.png", "bomb.ppm", "crc.png", "cut30.jpg",
                                   "cut90.jpg", "empty.jpg", "loop.jpg", "text.jpg"));
  const Outcome strict = Import({"--verify", "--strict"});
  EXPECT_EQ(strict.code, 3);
  EXPECT_THAT(strict.output, HasSubstr("9 photographs cannot be used"));
}

TEST_F(DataFaults, NothingToDo) {
  fs::create_directories(folder_ / "void");
  const std::tuple<Words, int, std::string> cases[] = {
      {{"import", folder_ / "void"}, 3, "no photographs in it; expected files such as"},
      {{"import", folder_ / "missing"}, 3, "missing: no such folder"},
      {{"import"}, 2, "either a folder of photographs or --csv"},
      {{"split", folder_ / "missing.csv"}, 3, "missing.csv: no such file"},
      {{"split", folder_ / "void"}, 3, "is a folder, expected a file"},
      {{"clean", manifest_, "--distance", "300"}, 2, "--distance"},
      {{"imprt", folder_ / "photos"}, 2, "did you mean 'import'"}};
  for (auto [words, code, message] : cases) {
    words.insert(words.begin(), "kallos-data");
    words.insert(words.end(), {"--out", folder_ / "out.csv"});
    const Outcome outcome = RunProgram(words);
    EXPECT_EQ(outcome.code, code) << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr(message));
    EXPECT_FALSE(fs::exists(folder_ / "out.csv"));
  }
}

TEST_F(DataFaults, Manifests) {
  const std::pair<std::string, std::string> cases[] = {
      {"name,path\na,b.jpg\n", "column 'id' is missing; found: name, path"},
      {"id,file\na,b.jpg\n", "column 'path' is missing; found: id, file"},
      {"id,path\na,b.jpg\na,c.jpg\n", "bad.csv:3: id 'a' was already on line 2"},
      {"id,path,label\na,b.jpg,good\n",
       "bad.csv:2: column 'label': expected 0 (bad), 1 (good) or empty, found 'good'"},
      {"id,path\na,b.jpg,c\n", "bad.csv:2: 3 fields, but the header has 2"},
      {"id,path\na,\"b.jpg\n", "never closed"}};
  for (const auto& [text, message] : cases) {
    Write("bad.csv", text);
    const Outcome outcome =
        RunProgram({"kallos-data", "clean", folder_ / "bad.csv", "--out", folder_ / "out.csv"});
    EXPECT_EQ(outcome.code, 3) << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr(message));
  }
}

TEST_F(DataFaults, FullDiskLeavesWhatWasThere) {
  ASSERT_EQ(Import().code, 0);
  const auto before = ContentOf(folder_);
  const Outcome outcome = Import({"--benchmark", "other", "--quiet"}, {{}, 900});
  EXPECT_EQ(outcome.code, 4) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("m.csv"));
  EXPECT_EQ(Difference(before, ContentOf(folder_)), "");
  Pack();
  const auto packed = ContentOf(folder_ / "store");
  Words fresh = PackWords();
  fresh.push_back("--fresh");
  const Outcome full = RunProgram(fresh, {{}, 2000});
  EXPECT_EQ(full.code, 4) << full.output;
  EXPECT_EQ(Unpack().code, 3) << "an unfinished store is no store";
  ASSERT_EQ(RunProgram(PackWords()).code, 0);
  EXPECT_EQ(Difference(packed, ContentOf(folder_ / "store")), "");
}

TEST_F(DataFaults, ACrashBeforeTheRenameKeepsTheOldManifest) {
  ASSERT_EQ(Import().code, 0);
  const std::string old = ReadFile(folder_ / "m.csv");
  for (const std::string point : {"after_tmp_write", "before_rename"}) {
    EXPECT_EQ(Import({"--benchmark", "new"}, {{{"KALLOS_CRASH_AT", point}}, {}}).code, -SIGABRT);
    EXPECT_EQ(ReadFile(folder_ / "m.csv"), old);
  }
}

TEST_F(DataFaults, NoPermission) {
  const Surroundings obedient{{}, {}, true};
  fs::permissions(folder_ / "photos/p002.jpg", fs::perms::none);
  fs::create_directories(folder_ / "photos/closed");
  fs::permissions(folder_ / "photos/closed", fs::perms::none);
  const Outcome inner = Import({}, obedient);
  fs::permissions(folder_ / "photos/closed", fs::perms::all);
  if (inner.code == kCannotObey) GTEST_SKIP() << "root cannot give up its rights here";
  EXPECT_EQ(inner.code, 4) << inner.output;
  EXPECT_THAT(inner.output,
              HasSubstr("photos/closed: the folder cannot be read: Permission denied"));
  const Outcome outcome = Import({}, obedient);
  ASSERT_EQ(outcome.code, 0) << outcome.output;
  const CsvTable skipped = ReadCsv(folder_ / "m.skipped.csv");
  ASSERT_EQ(skipped.rows.size(), 1u);
  EXPECT_THAT(skipped.rows[0][2], HasSubstr("Permission denied"));
  fs::permissions(folder_ / "photos", fs::perms::none);
  const Outcome closed = Import({}, obedient);
  fs::permissions(folder_ / "photos", fs::perms::all);
  EXPECT_EQ(closed.code, 4) << closed.output;
  EXPECT_THAT(closed.output, HasSubstr("photos: cannot be read: Permission denied"));
}

TEST_F(DataFaults, TruncatedShardIsNamedWithItsRemedy) {
  Pack();
  fs::resize_file(folder_ / "store/shard-00001.h5",
                  fs::file_size(folder_ / "store/shard-00001.h5") / 2);
  const Outcome outcome = Unpack();
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.output, AllOf(HasSubstr("shard-00001.h5"), HasSubstr("remove it")));
  EXPECT_FALSE(fs::exists(folder_ / "back.npy"));
  fs::remove(folder_ / "store/shard-00001.h5");
  fs::remove(folder_ / "store/store.json");
  EXPECT_EQ(RunProgram(PackWords()).code, 0) << "the remedy works";
  EXPECT_EQ(Unpack().code, 0);
}

TEST_F(DataFaults, EveryConfigKeyMisspelt) {
  for (const std::string command :
       {"import", "split", "clean", "stats", "synth", "pack", "unpack"}) {
    const Outcome printed = RunProgram({"kallos-data", command, "--print-config"});
    ASSERT_EQ(printed.code, 0) << printed.output;
    std::string typos;
    Words keys;
    for (const std::string& line : Split(printed.output, '\n')) {
      const std::string key = line.substr(0, line.find(':'));
      if (key.empty() || key.size() == line.size() || line[0] == '#' || line[0] == ' ') continue;
      keys.push_back(key);
      typos += key + "q: 1\n";
    }
    Write("typos.yaml", typos);
    const Outcome outcome =
        RunProgram({"kallos-data", command, "--config", folder_ / "typos.yaml"});
    EXPECT_EQ(outcome.code, 2) << outcome.output;
    for (size_t i = 0; i < keys.size(); ++i) {
      EXPECT_THAT(outcome.output,
                  HasSubstr(fmt::format("typos.yaml:{}:1: unknown key '{}q'", i + 1, keys[i])));
      EXPECT_THAT(outcome.output, HasSubstr(fmt::format("did you mean '{}'", keys[i])));
    }
  }
}

// From photographs to a cleaned, split manifest, as the README has it.
TEST_F(DataFaults, TheCommandsFitTogether) {
  fs::copy(folder_ / "photos/p000.jpg", folder_ / "photos/repeated.jpg");
  ASSERT_EQ(Import().code, 0);
  const Words chain[] = {{"clean", folder_ / "m.csv", "--out", folder_ / "clean.csv"},
                         {"split", folder_ / "clean.csv", "--val", "0.25", "--test", "0.25",
                          "--out", folder_ / "s.csv"},
                         {"stats", folder_ / "s.csv"}};
  for (Words words : chain) {
    words.insert(words.begin(), "kallos-data");
    const Outcome outcome = RunProgram(words);
    ASSERT_EQ(outcome.code, 0) << outcome.output;
    EXPECT_THAT(outcome.output, Not(HasSubstr("bug")));
  }
  const store::Manifest split = store::ReadManifest(folder_ / "s.csv");
  EXPECT_LT(split.rows.size(), 9u);
  for (const store::ManifestRow& row : split.rows) EXPECT_NE(row.split, "");
}

}  // namespace
}  // namespace kallos::e2e
