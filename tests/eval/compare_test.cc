#include "eval/compare.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "lib/core/csv.h"
#include "lib/core/file.h"
#include "lib/core/log.h"
#include "tests/measures/example_predictions.h"

namespace kallos::eval {
namespace {

using testing::HasSubstr;

class CompareModels : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / fmt::format("kallos_compare_models_{}", getpid());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    SetLogLevel(LogLevel::kError);
  }
  void TearDown() override {
    SetLogLevel(LogLevel::kInfo);
    fs::remove_all(folder_);
  }

  fs::path Write(const std::string& name,
                 const std::vector<measures::Prediction>& predictions) const {
    fs::create_directories((folder_ / name).parent_path());
    PublishBytes(folder_ / name, measures::FormatPredictions(predictions));
    return folder_ / name;
  }

  nlohmann::json Run(const std::vector<fs::path>& models,
                     const std::vector<std::string>& names = {}) const {
    RunRecord record("test", "{}");
    RunContext context{1, record};
    testing::internal::CaptureStdout();
    try {
      RunCompare({models, names, folder_ / "out"}, context);
    } catch (...) {
      testing::internal::GetCapturedStdout();
      throw;
    }
    EXPECT_EQ(testing::internal::GetCapturedStdout(), ReadFile(folder_ / "out/table.md"));
    return nlohmann::json::parse(ReadFile(folder_ / "out/compare.json"))["pairs"];
  }

  fs::path folder_;
};

// 200 photographs of which A judges 170 right and B 150; 15 are right with B alone.
std::pair<std::vector<measures::Prediction>, std::vector<measures::Prediction>> TwoModels() {
  std::vector<double> a, b;
  std::vector<int> labels;
  const auto add = [&](int count, bool a_right, bool b_right) {
    for (int i = 0; i < count; ++i) {
      labels.push_back(i % 2);
      a.push_back(a_right == (labels.back() == 1) ? 0.8 : 0.3);
      b.push_back(b_right == (labels.back() == 1) ? 0.7 : 0.1);
    }
  };
  add(135, true, true), add(35, true, false), add(15, false, true), add(15, false, false);
  return {measures::MakePredictions(a, labels, "X"), measures::MakePredictions(b, labels, "X")};
}

TEST_F(CompareModels, SaysWhatDiffersAndWhatDoesNot) {
  const auto [a, b] = TwoModels();
  const nlohmann::json pairs = Run({Write("a.csv", a), Write("b.csv", b), Write("a2.csv", a)});
  ASSERT_EQ(pairs.size(), 3u);
  const nlohmann::json& first = pairs[0];
  EXPECT_EQ(first["a"], "a");
  EXPECT_EQ(first["b"], "b");
  EXPECT_EQ(first["n"], 200);
  EXPECT_EQ(first["only_a_right"], 35);
  EXPECT_EQ(first["only_b_right"], 15);
  EXPECT_NEAR(first["mcnemar_p"], 0.006600447966810918, 1e-12);  // scipy.stats.binomtest(15, 50)
  EXPECT_NEAR(first["mcnemar_p_holm"], 3 * 0.006600447966810918, 1e-12);
  EXPECT_NEAR(first["accuracy_difference"]["value"], 0.1, 1e-12);
  EXPECT_GT(first["accuracy_difference"]["low"], 0);
  EXPECT_LT(first["accuracy_difference"]["high"], 0.2);
  EXPECT_THAT(first["sentence"].get<std::string>(),
              HasSubstr("a is 10.0 points better than b on X"));
  EXPECT_THAT(first["sentence"].get<std::string>(), HasSubstr("they differ"));
  const nlohmann::json& same = pairs[1];
  EXPECT_EQ(same["b"], "a2");
  EXPECT_EQ(same["mcnemar_p"], 1);
  EXPECT_TRUE(same["delong_p"].is_null());
  EXPECT_THAT(same["sentence"].get<std::string>(), HasSubstr("a is as good as a2 on X"));
  EXPECT_THAT(same["sentence"].get<std::string>(), HasSubstr("not distinguishable"));
  EXPECT_THAT(ReadFile(folder_ / "out/table.md"),
              HasSubstr("- a is 10.0 points better than b on X"));
  EXPECT_EQ(ReadCsv(folder_ / "out/pairs.csv").rows.size(), 3u * 12);
}

TEST_F(CompareModels, BenchmarksArePooledAndThoseOfOneClassStandApart) {
  const auto [a, b] = TwoModels();
  std::vector<measures::Prediction> more_a = a, more_b = b;
  const auto add = [](std::vector<measures::Prediction>& to,
                      const std::vector<measures::Prediction>& from, const std::string& name,
                      bool only_good) {
    for (measures::Prediction p : from) {
      p.id = name + p.id;
      p.benchmark = name;
      if (!only_good || p.label == 1) to.push_back(p);
    }
  };
  add(more_a, a, "Y", false), add(more_b, b, "Y", false), add(more_a, a, "Z", true),
      add(more_b, b, "Z", true);
  const nlohmann::json pairs =
      Run({Write("a/predictions.csv", more_a), Write("b/predictions.csv", more_b).parent_path()},
          {"one", "two"});
  ASSERT_EQ(pairs.size(), 4u);
  EXPECT_EQ(pairs[2]["benchmark"], "Z");
  EXPECT_TRUE(pairs[2]["roc_auc_difference"]["value"].is_null());
  EXPECT_THAT(pairs[2]["roc_auc_difference"]["why"].get<std::string>(), HasSubstr("of one class"));
  EXPECT_EQ(pairs[3]["benchmark"], "overall");
  EXPECT_EQ(pairs[3]["n"], 400);
  EXPECT_EQ(pairs[3]["a"], "one");
}

TEST_F(CompareModels, NamesComeFromFilesOrTheirFolders) {
  const auto [a, b] = TwoModels();
  Write("ga/predictions.csv", a), Write("pca/predictions.csv", b);
  EXPECT_EQ(Run({folder_ / "ga", folder_ / "pca/predictions.csv"})[0]["b"], "pca");
}

TEST_F(CompareModels, GroupsGoThroughTheFilesOfBenchmark) {
  auto [a, b] = TwoModels();
  for (size_t i = 0; i < a.size(); ++i) a[i].group = b[i].group = fmt::format("g{}", i / 5);
  const nlohmann::json pairs = Run({Write("a.csv", a), Write("b.csv", b)});
  EXPECT_EQ(pairs[0]["groups"], 40);
  EXPECT_GT(pairs[0]["mcnemar_p"], 0.006600447966810918) << "groups of five that agree";
}

TEST_F(CompareModels, WhatCannotBeComparedIsRefused) {
  const auto [a, b] = TwoModels();
  const fs::path file = Write("a.csv", a);
  EXPECT_THAT(measures::MessageOf(
                  [&] {
                    Run({file, folder_ / "." / "a.csv"});
                  },
                  ErrorKind::kUsage),
              HasSubstr("given twice"));
  auto overall_a = a, overall_b = b;
  for (size_t i = 0; i < a.size(); ++i) overall_a[i].benchmark = overall_b[i].benchmark = "overall";
  EXPECT_THAT(measures::MessageOf([&] {
                Run({Write("c.csv", overall_a), Write("d.csv", overall_b)});
              }),
              HasSubstr("rename it"));
  PublishBytes(folder_ / "s.csv", "id,score,prediction\nx,1,2\n");
  EXPECT_THAT(measures::MessageOf([&] {
                Run({file, folder_ / "s.csv"});
              }),
              HasSubstr("holds predicted scores"));
}

TEST_F(CompareModels, DifferentRowsAreNamed) {
  const auto [a, b] = TwoModels();
  const fs::path file = Write("a.csv", a);
  std::vector<measures::Prediction> fewer(b.begin() + 7, b.end());
  fewer.push_back({"extra", "X", 1, 0.5, ""});
  const std::string missing = measures::MessageOf([&] { Run({file, Write("b.csv", fewer)}); });
  EXPECT_THAT(missing, HasSubstr("a.csv: X-00000, X-00001, X-00002, X-00003, X-00004 and 2 more"));
  EXPECT_THAT(missing, HasSubstr("b.csv: extra"));
  std::vector<measures::Prediction> turned = b;
  turned[3].label = 1 - turned[3].label;
  EXPECT_THAT(measures::MessageOf([&] {
                Run({file, Write("c.csv", turned)});
              }),
              HasSubstr("id 'X-00003': label is '1' in"));
  EXPECT_THAT(measures::MessageOf([&] {
                Run({file, folder_ / "none.csv"});
              }),
              HasSubstr("none.csv"));
}

TEST(CompareModelsConfig, OneModelAndOtherNamesAreRefused) {
  Violations violations;
  Validate(CompareConfig{{"a.csv"}, {}, "out"}, violations);
  Validate(CompareConfig{{"a.csv", "b.csv"}, {"x"}, "out"}, violations);
  Validate(CompareConfig{{"a.csv", "b.csv"}, {"x", "x"}, "out"}, violations);
  Validate(CompareConfig{{"a.csv", "b.csv"}, {"x", " "}, "out"}, violations);
  EXPECT_THAT(violations, testing::ElementsAre(
                              HasSubstr("two models or more"), HasSubstr("1 names for 2 models"),
                              HasSubstr("stands there twice"), HasSubstr("is blank")));
}

}  // namespace
}  // namespace kallos::eval
