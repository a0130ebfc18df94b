// The main path as a user walks it: photographs, split, features, head, table, ratings.
#include <gmock/gmock.h>
#include <signal.h>

#include <nlohmann/json.hpp>

#include "lib/core/csv.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "tests/e2e/command.h"

namespace kallos::e2e {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kPhotos = "120";

// Runs the whole path once, for all tests.
class MainPath : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = MakeTestFolder("main-path");
    Must({"kallos-data", "synth", "--count", kPhotos, "--seed", "1", "--out", At("demo")});
    Must({"kallos-data", "import", At("demo"), "--out", At("manifest.csv")});
    Must({"kallos-data", "split", At("manifest.csv"), "--val", "0.15", "--test", "0.35", "--seed",
          "1", "--out", At("split.csv")});
    Must({"kallos-extract", "--manifest", At("split.csv"), "--backbone", "mobilenet_v1_025",
          "--taps", "multigap", "--resize", "max:400", "--random-weights", "1", "--out",
          At("features")});
    Must({"kallos-train", "head", "--features", At("features"), "--standardize", "--hidden",
          "32,16", "--dropout", "0.2,0.2", "--batch", "16", "--epochs", "20", "--seed", "1",
          "--out", At("head")});
    Must({"kallos-eval", "benchmark", "--bundle", At("head/bundle"), "--features", At("features"),
          "--out", At("eval")});
  }
  static void TearDownTestSuite() { fs::remove_all(folder_); }

  static std::string At(const std::string& name) { return (folder_ / name).string(); }

  static std::string Must(const Words& words) {
    const Outcome outcome = RunProgram(words);
    EXPECT_EQ(outcome.code, 0) << Join(words, " ") << "\n" << outcome.output;
    return outcome.output;
  }

  static Words FromPhotos(const std::string& manifest, const std::string& out) {
    return {"kallos-eval", "benchmark",  "--bundle", At("head/bundle"),
            "--manifest",  At(manifest), "--out",    At(out)};
  }

  // A copy of split.csv, beside it, with a change to the path of its first test photograph.
  static std::string SplitWithLostPhoto(const std::string& name) {
    CsvTable table = ReadCsv(folder_ / "split.csv");
    for (auto& row : table.rows) {
      if (row[*table.Find("split")] != "test") continue;
      row[*table.Find("path")] = "demo/gone.jpg";
      WriteCsv(folder_ / name, table);
      return row[*table.Find("id")];
    }
    throw BugError("no test row");
  }

  static CsvTable Rate(const Words& images, int code = 0) {
    Words words = {"kallos-rate",     "--log-level", "error", "--bundle",
                   At("head/bundle"), "--format",    "csv"};
    words.insert(words.end(), images.begin(), images.end());
    const Outcome outcome = RunProgram(words);
    EXPECT_EQ(outcome.code, code) << outcome.output;
    // The reason for exit 3 stands below the table, on standard error.
    std::string text = outcome.output;
    if (code != 0) text.resize(text.rfind("kallos-rate: "));
    return ParseCsv(text, "output of kallos-rate");
  }

  static fs::path folder_;
};

fs::path MainPath::folder_;

TEST_F(MainPath, TheTableIsAboveChance) {
  const auto json = nlohmann::json::parse(ReadFile(folder_ / "eval" / "metrics.json"));
  const auto& test = json["benchmarks"]["test"];
  EXPECT_GE(test["n"], 20);
  for (const char* key :
       {"accuracy", "precision", "recall", "specificity", "f1", "balanced_accuracy", "mcc",
        "roc_auc", "pr_auc", "log_loss", "brier", "ece"})
    EXPECT_TRUE(test[key].contains("value")) << key;
  EXPECT_GT(test["roc_auc"]["value"], 0.65) << test["roc_auc"].dump();
  EXPECT_THAT(ReadCsv(folder_ / "eval" / "predictions.csv").columns,
              ElementsAre("id", "benchmark", "label", "probability", "verdict"));
  for (const char* name : {"table.md", "table.csv", "skipped.csv", "run.yaml"})
    EXPECT_TRUE(fs::exists(folder_ / "eval" / name)) << name;
}

// But for what is fitted on validation rows, which are at hand as features only.
TEST_F(MainPath, FromPhotographsTheSameBytes) {
  Words words = FromPhotos("split.csv", "photos");
  words.insert(words.end(), {"--threads", "1"});
  EXPECT_THAT(Must(words), HasSubstr("benchmark  "));  // progress
  const auto content = [&](const char* out) {
    auto files = ContentOf(folder_ / out);
    for (const char* of_validation : {"calibration.csv", "reliability.csv", "table.md"})
      files.erase(of_validation);
    return files;
  };
  EXPECT_EQ(Difference(content("eval"), content("photos")), "");
}

TEST_F(MainPath, WithAReductionBetweenExtractionAndHead) {
  Must({"kallos-pca", "fit", "--features", At("features"), "--components", "30", "--out",
        At("pca_mn.h5")});
  Must({"kallos-pca", "transform", "--features", At("features"), "--model", At("pca_mn.h5"),
        "--out", At("reduced")});
  const Words head = {"--standardize", "--hidden", "32,16", "--dropout",
                      "0.2,0.2",       "--batch",  "16"};
  Words with = {"kallos-train", "head",          "--features", At("features"),
                "--pca",        At("pca_mn.h5"), "--out",      At("head-pca")};
  Words after = {"kallos-train", "head", "--features", At("reduced"), "--out", At("head-reduced")};
  with.insert(with.end(), head.begin(), head.end());
  after.insert(after.end(), head.begin(), head.end());
  Must(with);
  Must(after);
  EXPECT_EQ(ReadFile(folder_ / "head-pca/bundle/head.safetensors"),
            ReadFile(folder_ / "head-reduced/bundle/head.safetensors"));
  EXPECT_EQ(ReadFile(folder_ / "head-pca/bundle/pca_mn.h5"), ReadFile(folder_ / "pca_mn.h5"));
  const std::string bundle = At("head-pca/bundle");
  Must({"kallos-eval", "benchmark", "--bundle", bundle, "--features", At("features"), "--out",
        At("eval-pca")});
  Must({"kallos-eval", "benchmark", "--bundle", bundle, "--manifest", At("split.csv"), "--out",
        At("eval-pca2")});
  EXPECT_EQ(ReadFile(folder_ / "eval-pca/predictions.csv"),
            ReadFile(folder_ / "eval-pca2/predictions.csv"));
  const Outcome foreign = RunProgram({"kallos-train", "head", "--features", At("reduced"), "--pca",
                                      At("pca_mn.h5"), "--out", At("no")});
  EXPECT_EQ(foreign.code, 3);
  EXPECT_THAT(foreign.output, HasSubstr("none of the features given"));
}

TEST_F(MainPath, LostPhotographsAreListedAndCounted) {
  const std::string id = SplitWithLostPhoto("lost.csv");
  Words words = FromPhotos("lost.csv", "lost");
  words.emplace_back("--strict");
  const Outcome outcome = RunProgram(words);
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.output,
              AllOf(HasSubstr("1 photographs gave no features"), HasSubstr("(--strict)")));
  EXPECT_THAT(ReadFile(folder_ / "lost" / "table.md"), HasSubstr("1 photographs gave no features"));
  const CsvTable skipped = ReadCsv(folder_ / "lost" / "skipped.csv");
  ASSERT_EQ(skipped.rows.size(), 1u);
  EXPECT_EQ(skipped.rows[0][0], id);
  EXPECT_THAT(skipped.rows[0][2], HasSubstr("no such file"));
  const size_t all = ReadCsv(folder_ / "eval" / "predictions.csv").rows.size();
  EXPECT_EQ(ReadCsv(folder_ / "lost" / "predictions.csv").rows.size(), all - 1);
}

TEST_F(MainPath, CtrlCEndsWith130) {
  // Enough photographs that it is still at work: the manifest many times over, with other ids.
  CsvTable table = ReadCsv(folder_ / "split.csv");
  const auto rows = table.rows;
  const size_t id = *table.Find("id"), split = *table.Find("split");
  for (int copy = 0; copy < 40; ++copy) {
    for (auto row : rows) {
      row[id] += fmt::format("-{}", copy);
      row[split] = "test";
      table.rows.push_back(row);
    }
  }
  WriteCsv(folder_ / "many.csv", table);
  Program program(FromPhotos("many.csv", "many"));
  ASSERT_TRUE(WaitForFile(folder_ / "many" / ".lock"));
  program.Signal(SIGINT);
  const Outcome outcome = program.Wait(60);
  EXPECT_EQ(outcome.code, 130) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("nothing was kept"));
  EXPECT_FALSE(fs::exists(folder_ / "many" / "run.yaml"));
}

TEST_F(MainPath, RateSaysWhatTheTableSaid) {
  const CsvTable manifest = ReadCsv(folder_ / "split.csv");
  std::map<std::string, std::string> path_of;
  for (const auto& row : manifest.rows)
    path_of[row[*manifest.Find("id")]] = At(row[*manifest.Find("path")]);
  const CsvTable predictions = ReadCsv(folder_ / "eval" / "predictions.csv");
  Words images;
  for (size_t i = 0; i < 4; ++i) images.push_back(path_of.at(predictions.rows[i][0]));
  const CsvTable ratings = Rate(images);
  ASSERT_EQ(ratings.rows.size(), 4u);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(ratings.rows[i][0], images[i]);
    EXPECT_EQ(ratings.rows[i][1], predictions.rows[i][4] == "1" ? "good" : "bad");
    EXPECT_EQ(ratings.rows[i][3], predictions.rows[i][3]);
  }
}

TEST_F(MainPath, RateGoesOnPastACorruptPhotograph) {
  fs::create_directories(folder_ / "mixed");
  const CsvTable manifest = ReadCsv(folder_ / "split.csv");
  const fs::path good = At(manifest.rows[0][*manifest.Find("path")]);
  fs::copy_file(good, folder_ / "mixed" / "夕日 [1].jpg");
  fs::copy_file(good, folder_ / "mixed" / "caf\xE9.jpg");
  PublishBytes(folder_ / "mixed" / "b.jpg", "this is no picture");
  const CsvTable ratings = Rate({At("mixed")}, 3);
  ASSERT_EQ(ratings.rows.size(), 3u);
  EXPECT_THAT(ratings.rows[0], AllOf(testing::Contains(""), testing::Contains(HasSubstr("b.jpg"))));
  EXPECT_NE(ratings.rows[0][4], "");
  EXPECT_THAT(ratings.rows[1][0], HasSubstr("caf\\xE9.jpg"));
  EXPECT_EQ(ratings.rows[1][4], "");
  EXPECT_EQ(ratings.rows[1][3], ratings.rows[2][3]);  // the same picture
  EXPECT_EQ(Rate({At("mixed/夕日 [1].jpg"), At("mixed/*.jp?")}, 3).rows.size(), 4u);
}

// Whatever the names, verdict and confidence stand in their columns; every line of jsonl is JSON.
TEST_F(MainPath, RateFormats) {
  Words words = {"kallos-rate",     "--log-level",
                 "error",           "--bundle",
                 At("head/bundle"), At("demo/good/0000?.jpg"),
                 "--format",        "jsonl"};
  for (const std::string& line : Split(Trim(Must(words)), '\n')) {
    const auto json = nlohmann::json::parse(line);
    EXPECT_EQ(json["verdict"], json["probability"] > 0.5 ? "good" : "bad");
  }
  words.back() = "table";
  for (const std::string& line : Split(Trim(Must(words)), '\n')) {
    EXPECT_EQ(line.substr(20, 2), "  ") << line;
    EXPECT_NE(line[22], ' ') << line;
  }
}

TEST_F(MainPath, RateNamesWhatIsWrong) {
  const auto fault = [](const Words& rest, int code) {
    Words words = {"kallos-rate", At("demo/good")};
    words.insert(words.end(), rest.begin(), rest.end());
    const Outcome outcome = RunProgram(words);
    EXPECT_EQ(outcome.code, code) << outcome.output;
    return outcome.output;
  };
  EXPECT_THAT(fault({"--bundle", At("nowhere")}, 3), HasSubstr("no model bundle"));
  EXPECT_THAT(fault({"--bundle", At("head/bundle"), At("gone.jpg")}, 3),
              HasSubstr("gone.jpg: no such file"));
  fs::create_directories(folder_ / "empty");
  EXPECT_THAT(fault({"--bundle", At("head/bundle"), At("empty")}, 3),
              HasSubstr("no photographs in this folder"));
  EXPECT_THAT(fault({}, 2), HasSubstr("bundle"));
}

// configs/quickstart/student, on photographs of the kind that it knows; it has not seen these.
TEST_F(MainPath, TheStudentThatComesAlongNeedsNoWeights) {
  Must({"kallos-eval", "benchmark", "--bundle", KALLOS_SOURCE_DIR "/configs/quickstart/student",
        "--manifest", At("split.csv"), "--split", "test", "--out", At("eval-student")});
  const nlohmann::json metrics = nlohmann::json::parse(ReadFile(At("eval-student/metrics.json")));
  EXPECT_GT(metrics["benchmarks"]["test"]["accuracy"]["value"].get<double>(), 0.6);
}

}  // namespace
}  // namespace kallos::e2e
