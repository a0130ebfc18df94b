// Bad photographs, weights and settings of kallos-extract: a clear message, the right exit code,
// nothing lost.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/core/csv.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/text.h"
#include "lib/store/feature_store.h"
#include "lib/store/hdf5_image.h"
#include "tests/e2e/command.h"

namespace kallos::e2e {
namespace {

using testing::HasSubstr;

Words Extract(const fs::path& manifest, const fs::path& out,
              const Words& more = {"--random-weights", "1"}) {
  Words words = {"kallos-extract",   "--manifest", manifest, "--backbone",
                 "mobilenet_v1_025", "--out",      out};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

class BadInput : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = MakeTestFolder("bad-input");
    manifest_ = MakePhotos(folder_, 6);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string Photo(int i) const { return ReadFile(folder_ / fmt::format("photos/p{:03}.jpg", i)); }
  void Write(const std::string& name, const std::string& bytes) const {
    PublishBytes(folder_ / name, bytes);
  }

  fs::path folder_;
  fs::path manifest_;
};

// A PNG header that promises 30,000 x 30,000 pixels.
std::string PngBomb() {
  std::string bytes("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x75\x30\0\0\x75\x30\x08\x02\0\0\0", 29);
  return bytes + std::string("\xaa\xaa\xaa\xaa", 4);
}

TEST_F(BadInput, BrokenPhotographsAreSkippedWithTheirReason) {
  const std::string good = Photo(0);
  Write("photos/empty.jpg", "");
  Write("photos/text.jpg", "this is no photograph\n");
  Write("photos/cut30.jpg", good.substr(0, good.size() * 3 / 10));
  Write("photos/cut90.jpg", good.substr(0, good.size() * 9 / 10));
  Write("photos/bomb.png", PngBomb());
  Write("photos/tiny.ppm", std::string("P6\n1 1\n255\n\1\2\3", 14));
  fs::create_directories(folder_ / "photos/folder.jpg");
  fs::create_symlink("loop.jpg", folder_ / "photos/loop.jpg");
  const Words bad = {"empty.jpg", "text.jpg",   "cut30.jpg", "cut90.jpg",  "bomb.png",
                     "tiny.ppm",  "folder.jpg", "loop.jpg",  "missing.jpg"};
  std::string mixed = ReadFile(manifest_);
  for (const std::string& name : bad)
    mixed.insert(mixed.find('\n') + 1, fmt::format("{},photos/{},0,train\n", name, name));
  Write("mixed.csv", mixed);

  ASSERT_EQ(RunProgram(Extract(manifest_, folder_ / "good")).code, 0);
  const Outcome outcome = RunProgram(Extract(folder_ / "mixed.csv", folder_ / "mixed"));
  ASSERT_EQ(outcome.code, 0) << outcome.output;
  const CsvTable skipped = ReadCsv(folder_ / "mixed/skipped.csv");
  ASSERT_EQ(skipped.rows.size(), bad.size()) << ReadFile(folder_ / "mixed/skipped.csv");
  for (const auto& row : skipped.rows) EXPECT_FALSE(row[2].empty()) << row[0];

  const Matrix<float> alone = store::FeatureStore(folder_ / "good").ReadAll();
  const Matrix<float> among = store::FeatureStore(folder_ / "mixed").ReadAll();
  ASSERT_EQ(among.rows(), alone.rows());
  EXPECT_TRUE(
      std::equal(alone.data(), alone.data() + alone.rows() * alone.columns(), among.data()));

  const Outcome strict = RunProgram(
      Extract(folder_ / "mixed.csv", folder_ / "mixed", {"--random-weights", "1", "--strict"}));
  EXPECT_EQ(strict.code, 3) << strict.output;
}

TEST_F(BadInput, OddNamesAndPlaces) {
  const std::string names[] = {"plain.jpg", "été 😀, \"x\".jpg", "new\nline.jpg",
                               std::string(250, 'x') + ".jpg", " spaces .jpg"};
  CsvTable table{{"id", "path"}, {}, {}};
  for (const std::string& name : names) {
    fs::create_directories(folder_ / "Ordner é");
    fs::copy(folder_ / "photos/p000.jpg", folder_ / "Ordner é" / name);
    table.rows.push_back({name, "Ordner é/" + name});
  }
  WriteCsv(folder_ / "odd, names.csv", table);
  fs::create_directory_symlink(folder_, folder_ / "link");
  const Outcome outcome =
      RunProgram(Extract(folder_ / "link/odd, names.csv", folder_ / "link/out ü/a b"));
  ASSERT_EQ(outcome.code, 0) << outcome.output;
  const store::FeatureStore store(folder_ / "out ü/a b");
  const Matrix<float> features = store.ReadAll();
  ASSERT_EQ(features.rows(), std::size(names)) << ReadFile(folder_ / "out ü/a b/skipped.csv");
  for (size_t i = 0; i < features.rows(); ++i) {
    EXPECT_EQ(store.manifest().rows[i].id, names[i]);
    EXPECT_TRUE(std::equal(features.Row(i).begin(), features.Row(i).end(), features.Row(0).begin()))
        << names[i];
  }
}

TEST_F(BadInput, NoPermission) {
  const Surroundings obedient{{}, {}, true};
  fs::create_directories(folder_ / "closed");
  fs::permissions(folder_ / "closed", fs::perms::none);
  fs::permissions(folder_ / "photos/p002.jpg", fs::perms::none);
  const Outcome closed = RunProgram(Extract(manifest_, folder_ / "closed/out"), obedient);
  fs::permissions(folder_ / "closed", fs::perms::all);
  if (closed.code == kCannotObey) GTEST_SKIP() << "root cannot give up its rights here";
  EXPECT_EQ(closed.code, 4) << closed.output;
  EXPECT_THAT(closed.output,
              testing::AllOf(HasSubstr("closed/out"), HasSubstr("Permission denied")));
  const Outcome outcome = RunProgram(Extract(manifest_, folder_ / "out"), obedient);
  ASSERT_EQ(outcome.code, 0) << outcome.output;
  const CsvTable skipped = ReadCsv(folder_ / "out/skipped.csv");
  ASSERT_EQ(skipped.rows.size(), 1u);
  EXPECT_EQ(skipped.rows[0][0], "p002");
  EXPECT_THAT(skipped.rows[0][2], HasSubstr("Permission denied"));
}

TEST_F(BadInput, ChangedPhotographIsSkipped) {
  Write("hashed.csv", "id,path,sha256\na,photos/p000.jpg," + Sha256Hex(Photo(0)) +
                          "\nb,photos/p001.jpg," + Sha256Hex(Photo(0)) + "\n");
  ASSERT_EQ(RunProgram(Extract(folder_ / "hashed.csv", folder_ / "out")).code, 0);
  const CsvTable skipped = ReadCsv(folder_ / "out/skipped.csv");
  ASSERT_EQ(skipped.rows.size(), 1u);
  EXPECT_EQ(skipped.rows[0][0], "b");
  EXPECT_THAT(skipped.rows[0][2], HasSubstr("content changed since import"));
}

TEST_F(BadInput, NotOneGoodPhotograph) {
  Write("none.csv", "id,path\na,photos/missing.jpg\n");
  const Outcome outcome = RunProgram(Extract(folder_ / "none.csv", folder_ / "out"));
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.output, HasSubstr("missing.jpg"));
}

TEST_F(BadInput, Manifests) {
  const std::pair<std::string, std::string> cases[] = {
      {"path\nphotos/p000.jpg\n", "id"},
      {"id,path\na,photos/p000.jpg\na,photos/p001.jpg\n", "'a'"},
      {"id,path,label\na,photos/p000.jpg,7\n", "7"},
      {"id,path\n", "no rows"},
      {"", "manifest"},
  };
  for (const auto& [text, word] : cases) {
    Write("bad-manifest.csv", text);
    const Outcome outcome = RunProgram(Extract(folder_ / "bad-manifest.csv", folder_ / "out"));
    EXPECT_EQ(outcome.code, 3) << text;
    EXPECT_THAT(outcome.output, HasSubstr("bad-manifest.csv"));
    EXPECT_THAT(outcome.output, HasSubstr(word));
    EXPECT_FALSE(fs::exists(folder_ / "out")) << text;
  }
}

// A safetensors file of one float32.
std::string OneTensor(const std::string& tensor) {
  const std::string header =
      fmt::format(R"({{"{}":{{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}}})", tensor);
  return std::string{static_cast<char>(header.size()), 0, 0, 0, 0, 0, 0, 0} + header +
         std::string(4, '\0');
}

TEST_F(BadInput, WrongWeights) {
  Write("text.h5", "no weights at all");
  Write("empty.safetensors", "");
  Write("foreign.safetensors", OneTensor("other.weight"));
  Write("narrow.safetensors", OneTensor("conv1/kernel"));
  store::Hdf5Builder hdf5;
  hdf5.AddFloats("kernel", Matrix<float>(100, 100).View(), false);
  const std::string bytes = hdf5.Finish();
  Write("other.h5", bytes);
  Write("cut.h5", bytes.substr(0, bytes.size() / 2));
  for (const std::string name : {"text.h5", "empty.safetensors", "foreign.safetensors",
                                 "narrow.safetensors", "other.h5", "cut.h5", "missing.h5"}) {
    const Outcome outcome =
        RunProgram(Extract(manifest_, folder_ / "out", {"--weights", folder_ / name}));
    EXPECT_EQ(outcome.code, 3) << name << ": " << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr(name));
    EXPECT_FALSE(fs::exists(folder_ / "out")) << name;
  }
}

TEST_F(BadInput, Usage) {
  const std::pair<Words, std::string> cases[] = {
      {{}, "--weights is missing"},
      {{"--random-weights", "1", "--weights", "w.h5"}, "exclude each other"},
      {{"--random-weights", "1", "--resize", "huge"}, "resize rule"},
      {{"--random-weights", "1", "--part", "0/4"}, "i/n"},
      {{"--random-weights", "1", "--part", "1/4", "--fresh"}, "--fresh"},
      {{"--random-weights", "1", "--backbone", "mobilenet_v1_05"}, "mobilenet_v1_050"},
      {{"--random-weights", "1", "--backbone", "mobilenet_v1_050"}, "--out is given 1 times for 2"},
      {{"--random-weights", "1", "--device", "tpu"}, "--device tpu"},
      {{"--random-weights", "1", "--shard-rows", "0"}, "shard-rows"},
      {{"--random-weights", "1", "--shard-row", "5"}, "did you mean"},
  };
  for (const auto& [words, message] : cases) {
    const Outcome outcome = RunProgram(Extract(manifest_, folder_ / "out", words));
    EXPECT_EQ(outcome.code, 2) << message << ": " << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr(message));
    EXPECT_FALSE(fs::exists(folder_ / "out")) << message;
  }
}

TEST_F(BadInput, EveryConfigKeyMisspelt) {
  const Outcome printed = RunProgram(Extract(manifest_, folder_ / "out", {"--print-config"}));
  ASSERT_EQ(printed.code, 0) << printed.output;
  std::vector<std::string> keys;
  std::string typos;
  for (const std::string& line : Split(printed.output, '\n')) {
    const std::string key = line.substr(0, line.find(':'));
    if (key.empty() || key.size() == line.size() || line[0] == '#' || line[0] == ' ') continue;
    keys.push_back(key);
    typos += key + "q: 1\n";
  }
  ASSERT_GT(keys.size(), 20u);
  Write("typos.yaml", typos);
  const Outcome outcome = RunProgram({"kallos-extract", "--config", folder_ / "typos.yaml"});
  EXPECT_EQ(outcome.code, 2) << outcome.output;
  for (size_t i = 0; i < keys.size(); ++i) {
    EXPECT_THAT(outcome.output, HasSubstr(fmt::format("typos.yaml:{}:", i + 1)));
    EXPECT_THAT(outcome.output, HasSubstr(fmt::format("did you mean '{}'", keys[i])));
  }
}

TEST_F(BadInput, ConfigFiles) {
  const std::string cases[] = {
      "shard-rows: many\n",
      "shard-rows: 5\nshard-rows: 6\n",
      "half: &a true\nstrict: *a\n",
      "shard-rows:\n\t- 5\n",
      "shard-rows: [5\n",
      "shard-rows: {a: 1}\n",
      "half: maybe\n",
      "---\nhalf: true\n---\nhalf: false\n",
      "weights: " + std::string(10'000'000, 'x') + "\n",
      std::string(100'000, '['),
  };
  for (const std::string& text : cases) {
    Write("bad.yaml", text);
    const Outcome outcome = RunProgram(Extract(
        manifest_, folder_ / "out", {"--random-weights", "1", "--config", folder_ / "bad.yaml"}));
    EXPECT_EQ(outcome.code, 2) << text.substr(0, 60) << ": " << outcome.output.substr(0, 500);
    EXPECT_THAT(outcome.output, HasSubstr("bad.yaml")) << text.substr(0, 60);
  }
}

}  // namespace
}  // namespace kallos::e2e
