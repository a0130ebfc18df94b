#include "eval/reference.h"

#include <unistd.h>

#include "lib/core/file.h"
#include "tests/measures/example_predictions.h"

namespace kallos::eval {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const fs::path kPublished = fs::path(KALLOS_SOURCE_DIR) / "configs/paper/benchmarks.yaml";

const measures::Report& ModelOf(const Reference& reference, const std::string& name) {
  return *std::ranges::find(reference.models, name, &measures::Report::model);
}

double Percent(const measures::Report& report, const std::string& benchmark,
               const std::string& measure) {
  const auto found = std::ranges::find(report.benchmarks, benchmark,
                                       &std::pair<std::string, measures::Measures>::first);
  return std::round(1e4 * found->second.by_name.at(measure).value.value()) / 100;
}

// Every figure of the published tables, to its last digit.
TEST(Reference, CountsGiveThePublishedFigures) {
  const Reference reference = ReadReference(kPublished, 1);
  const measures::Report &ga = ModelOf(reference, "GA 5,000"),
                         &pca = ModelOf(reference, "PCA 9,744");
  const measures::Report &shap = ModelOf(reference, "SHAP 9,744"),
                         &student = ModelOf(reference, "fine-tuned student");
  const char* const names[] = {"Benchmark1", "Benchmark2", "Alm", "Custom", "COCO"};
  const double ga_accuracy[] = {94.59, 95.36, 95.5, 94, 93.4},
               pca_accuracy[] = {90.99, 90.52, 94, 94, 94.6};
  const double shap_accuracy[] = {82.88, 88.01, 92.5, 95, 94.7},
               student_accuracy[] = {79.28, 79.21, 84.5, 80, 82.5};
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_DOUBLE_EQ(Percent(ga, names[i], "accuracy"), ga_accuracy[i]);
    EXPECT_DOUBLE_EQ(Percent(pca, names[i], "accuracy"), pca_accuracy[i]);
    EXPECT_DOUBLE_EQ(Percent(shap, names[i], "accuracy"), shap_accuracy[i]);
    EXPECT_DOUBLE_EQ(Percent(student, names[i], "accuracy"), student_accuracy[i]);
  }
  const double pca_precision[] = {91.11, 87.72, 91.51, 94}, pca_recall[] = {87.23, 94.94, 97, 94};
  const double shap_precision[] = {75, 82.85, 88.29, 93.27}, shap_recall[] = {89.36, 96.82, 98, 97};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_DOUBLE_EQ(Percent(pca, names[i], "precision"), pca_precision[i]);
    EXPECT_DOUBLE_EQ(Percent(pca, names[i], "recall"), pca_recall[i]);
    EXPECT_DOUBLE_EQ(Percent(shap, names[i], "precision"), shap_precision[i]);
    EXPECT_DOUBLE_EQ(Percent(shap, names[i], "recall"), shap_recall[i]);
  }
  EXPECT_THAT(ga.notes, ElementsAre(HasSubstr("selected on test")));
}

TEST(Reference, SaysWhatIsNotPublished) {
  const Reference reference = ReadReference(kPublished, 1);
  const auto& coco = ModelOf(reference, "GA 5,000").benchmarks.back();
  EXPECT_EQ(coco.first, "COCO");
  EXPECT_EQ(coco.second.by_name.at("specificity").value, 0.934);
  EXPECT_EQ(coco.second.by_name.at("recall").why, "not published");
  EXPECT_EQ(ModelOf(reference, "PCA 9,744").benchmarks[0].second.by_name.at("roc_auc").why,
            "not published");
}

TEST(Reference, NamesBenchmarksThatAreNotThePublishedOnes) {
  const Reference reference = ReadReference(kPublished, 1);
  std::vector<measures::Prediction> rows = measures::FromCounts(40, 7, 4, 60, "Benchmark1");
  EXPECT_THAT(CountFaults(reference, measures::MakeReport(rows, 1)),
              ElementsAre("Published but not measured here: Benchmark2, Alm, Custom, COCO."));
  for (const auto& part :
       {measures::FromCounts(40, 7, 4, 60, "Benchmrk2"), measures::FromCounts(0, 0, 4, 60, "COCO")})
    rows.insert(rows.end(), part.begin(), part.end());
  EXPECT_THAT(
      CountFaults(reference, measures::MakeReport(rows, 1)),
      ElementsAre("Benchmrk2: not a benchmark of the reference, did you mean 'Benchmark2'?.",
                  "COCO: 0 good and 64 bad photographs, published 0 and 1,000: not the published "
                  "benchmark.",
                  HasSubstr("Benchmark2, Alm, Custom.")));
}

TEST(Reference, NoticesOneMissingPhotographOfEitherClass) {
  const Reference reference = ReadReference(kPublished, 1);
  for (const auto& rows : {measures::FromCounts(40, 6, 4, 60, "Benchmark1"),
                           measures::FromCounts(40, 7, 4, 59, "Benchmark1")})
    EXPECT_THAT(CountFaults(reference, measures::MakeReport(rows, 1))[0],
                HasSubstr("not the published benchmark"));
}

class BadReference : public testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(BadReference, IsRefusedByLine) {
  const fs::path file =
      fs::path(testing::TempDir()) / fmt::format("kallos_reference_{}.yaml", getpid());
  const auto& [text, message] = GetParam();
  PublishBytes(file, text);
  EXPECT_THAT(measures::MessageOf([&] { ReadReference(file, 1); }),
              AllOf(HasSubstr("kallos_reference_"), HasSubstr(message)));
  fs::remove(file);
}

const std::string kStart = "format_version: 1\nsource: s\nbenchmarks:\n  A: {good: 2, bad: 3}\n";

INSTANTIATE_TEST_SUITE_P(
    All, BadReference,
    testing::Values(
        std::pair(kStart + "models:\n  m:\n    results:\n      B: {correct: 1}\n",
                  ".yaml:8: 'B' is not among"),
        std::pair(kStart + "models:\n  m:\n    results:\n      A: {correct: 6}\n",
                  ".yaml:8: 6 correct of 5"),
        std::pair(kStart + "models:\n  m:\n    results:\n      A: {tp: 1, fn: 2, fp: 1, tn: 2}\n",
                  "tp + fn = 3"),
        std::pair(kStart + "models:\n  m:\n    results:\n      A: {tp: 1, fn: 1, fp: 1}\n",
                  "'tn' must be a count"),
        std::pair(kStart + "models:\n  m:\n    resluts: {}\n",
                  ".yaml:7: unknown key 'resluts', did you mean 'results'?"),
        std::pair(kStart + "models: {}\nmore: 1\n", ".yaml:6: unknown key 'more'"),
        std::pair(kStart + "  A: {good: 2, bad: 3}\nmodels: {}\n",
                  ".yaml:5: 'A' stands there twice"),
        std::pair(std::string("format_version: 2\nbenchmarks: {}\nmodels: {}\n"),
                  ".yaml:1: format_version must be 1"),
        std::pair(
            std::string("format_version: 1\nbenchmarks: {A: {good: -1, bad: 2}}\nmodels: {}\n"),
            "'good' must be"),
        std::pair(std::string("format_version: 1\nbenchmarks: [\n"), ".yaml:"),
        std::pair(std::string(""), "must be a map")));

}  // namespace
}  // namespace kallos::eval
