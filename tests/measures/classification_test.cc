#include "lib/measures/classification.h"

#include <unistd.h>

#include <cstdlib>

#include "lib/core/csv.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/parallel/parallel.h"
#include "tests/measures/example_predictions.h"

namespace kallos::measures {
namespace {

using testing::DoubleNear;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<std::string> kNames = {"accuracy", "precision",         "recall", "specificity",
                                         "f1",       "balanced_accuracy", "mcc",    "roc_auc",
                                         "pr_auc",   "log_loss",          "brier",  "ece"};

double Value(const Measures& measures, const std::string& name) {
  return measures.by_name.at(name).value.value();
}

// Three draws of NumPy's default_rng(1, 2, 3); the values are those of scikit-learn 1.2.1, ECE and
// DeLong's interval those of their definitions in NumPy.
struct Fixture {
  std::vector<double> probabilities;
  std::vector<int> labels;
  std::map<std::string, double> expected;
  double auc_low, auc_high;
};

const std::vector<Fixture>& Fixtures() {
  static const std::vector<Fixture> fixtures = {
      {{0.75, 0.0,  0.52, 0.26, 0.44, 0.69, 0.31, 0.73, 0.57, 0.9,  0.55, 0.82, 0.47, 0.5,
        0.57, 0.98, 0.4,  0.99, 0.71, 0.35, 0.19, 0.74, 0.8,  0.0,  0.0,  0.34, 0.58, 0.79,
        0.95, 0.0,  0.8,  1.0,  0.19, 0.04, 0.51, 0.36, 0.99, 0.62, 0.28, 0.69},
       {1, 0, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1,
        0, 1, 1, 0, 0, 0, 1, 1, 1, 0, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1},
       {{"accuracy", 0.825},
        {"precision", 0.9130434782608695},
        {"recall", 0.8076923076923077},
        {"specificity", 0.8571428571428571},
        {"f1", 0.8571428571428572},
        {"balanced_accuracy", 0.8324175824175823},
        {"mcc", 0.6414699190203339},
        {"roc_auc", 0.9450549450549451},
        {"pr_auc", 0.9724084112910374},
        {"log_loss", 0.37206955592376634},
        {"brier", 0.11901500000000001},
        {"ece", 0.20350000000000001}},
       0.8823749891847867,
       1.0},
      {{0.8, 0.6, 0.0, 0.9, 0.2, 0.2, 0.7, 0.9, 0.4, 0.0, 0.0, 1.0, 0.7, 0.7, 0.7,
        0.1, 0.4, 0.3, 0.3, 0.5, 1.0, 0.8, 0.4, 0.2, 0.5, 0.5, 0.7, 0.1, 0.7, 0.4,
        0.8, 0.6, 0.0, 0.7, 0.1, 0.8, 0.5, 0.2, 0.3, 0.6, 0.1, 0.1, 0.0, 0.2, 0.2,
        0.8, 1.0, 0.9, 1.0, 0.8, 0.1, 1.0, 0.0, 0.6, 0.4, 0.4, 0.0},
       {1, 1, 0, 1, 0, 0, 1, 1, 1, 0, 0, 1, 1, 0, 1, 0, 0, 0, 1, 1, 1, 1, 0, 0, 1, 0, 1, 0, 1,
        1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 1, 0, 1, 1, 1, 1, 1, 0, 1, 0, 0, 1, 0, 0},
       {{"accuracy", 0.7894736842105263},
        {"precision", 0.84},
        {"recall", 0.7241379310344828},
        {"specificity", 0.8571428571428571},
        {"f1", 0.7777777777777777},
        {"balanced_accuracy", 0.7906403940886699},
        {"mcc", 0.5856241670428488},
        {"roc_auc", 0.9193349753694582},
        {"pr_auc", 0.91023403010824},
        {"log_loss", 0.36893114278597},
        {"brier", 0.12052631578947369},
        {"ece", 0.06808688387635756}},
       0.8540484182153947,
       0.9846215325235215},
      {{0.568, 0.665, 0.442, 0.861, 0.639, 0.647, 1.0,  0.454, 0.192, 0.985, 0.894, 0.747,
        0.921, 0.0,   0.586, 0.0,   0.219, 0.363, 0.49, 0.587, 0.397, 0.288, 0.704},
       {1, 1, 0, 0, 1, 1, 1, 1, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1, 1, 0, 1},
       {{"accuracy", 0.782608695652174},
        {"precision", 0.8461538461538461},
        {"recall", 0.7857142857142857},
        {"specificity", 0.7777777777777778},
        {"f1", 0.8148148148148148},
        {"balanced_accuracy", 0.7817460317460317},
        {"mcc", 0.5547552232772196},
        {"roc_auc", 0.8333333333333334},
        {"pr_auc", 0.8838796940687697},
        {"log_loss", 0.5038976577635422},
        {"brier", 0.17117908695652173},
        {"ece", 0.20108695652173914}},
       0.6527390893525888,
       1.0}};
  return fixtures;
}

TEST(Classification, AgreesWithScikitLearn) {
  for (const Fixture& fixture : Fixtures()) {
    const Measures measures =
        MeasureClassification(MakePredictions(fixture.probabilities, fixture.labels), 0);
    EXPECT_EQ(fixture.expected.size(), kNames.size());
    for (const auto& [name, value] : fixture.expected)
      EXPECT_THAT(Value(measures, name), DoubleNear(value, 1e-12));
    EXPECT_THAT(*measures.by_name.at("roc_auc").low, DoubleNear(fixture.auc_low, 1e-12));
    EXPECT_THAT(*measures.by_name.at("roc_auc").high, DoubleNear(fixture.auc_high, 1e-12));
  }
}

// Reads CSV lines of "label,probability" from the file in argv, prints "name value" lines.
constexpr const char* kScript = R"(
import csv, sys
try:
    from sklearn import metrics as M
except ImportError:
    sys.exit(77)
rows = list(csv.DictReader(open(sys.argv[1])))
y = [int(r['label']) for r in rows]
p = [float(r['probability']) for r in rows]
v = [int(q > 0.5) for q in p]
for name, value in dict(
    accuracy=M.accuracy_score(y, v), precision=M.precision_score(y, v), recall=M.recall_score(y, v),
    specificity=M.recall_score(y, v, pos_label=0), f1=M.f1_score(y, v),
    balanced_accuracy=M.balanced_accuracy_score(y, v), mcc=M.matthews_corrcoef(y, v), roc_auc=M.roc_auc_score(y, p),
    pr_auc=M.average_precision_score(y, p), log_loss=M.log_loss(y, p), brier=M.brier_score_loss(y, p)).items():
    print(name, repr(float(value)))
)";

TEST(Classification, AgreesWithTheScikitLearnOfThisMachine) {
  const fs::path folder = fs::path(testing::TempDir()) / fmt::format("kallos_sklearn_{}", getpid());
  PublishBytes(folder / "script.py", kScript);
  // Another draw each time.
  const auto predictions = DrawPredictions(static_cast<uint64_t>(getpid()), 300, 50);
  PublishBytes(folder / "p.csv", FormatPredictions(predictions));
  const std::string command =
      fmt::format("cd '{}' && /usr/bin/python3 script.py p.csv > out.txt", folder.string());
  const int status = std::system(command.c_str());
  if (WIFEXITED(status) && (WEXITSTATUS(status) == 77 || WEXITSTATUS(status) == 127))
    GTEST_SKIP()
        << "/usr/bin/python3 with scikit-learn (Debian: python3-sklearn) is not on this machine";
  ASSERT_EQ(status, 0);
  const Measures measures = MeasureClassification(predictions, 0);
  int compared = 0;
  for (const std::string& line : Split(ReadFile(folder / "out.txt"), '\n')) {
    if (line.empty()) continue;
    const std::vector<std::string> words = Split(line, ' ');
    EXPECT_THAT(Value(measures, words[0]), DoubleNear(ParseDouble(words[1]).value(), 1e-12))
        << words[0] << " with seed " << getpid();
    ++compared;
  }
  EXPECT_EQ(compared, 11);
  fs::remove_all(folder);
}

// Precision and recall of a published table, in per cent, from its confusion matrices.
TEST(Classification, PublishedCounts) {
  struct Row {
    int tp, fn, fp, tn;
    double precision, recall, accuracy;
  };
  for (const Row& row : std::vector<Row>{{41, 6, 4, 60, 91.11, 87.23, 90.99},
                                         {507, 27, 71, 429, 87.72, 94.94, 90.52},
                                         {97, 3, 9, 91, 91.51, 97.0, 94.0},
                                         {94, 6, 6, 94, 94.0, 94.0, 94.0},
                                         {42, 5, 14, 50, 75.0, 89.36, 82.88},
                                         {517, 17, 107, 393, 82.85, 96.82, 88.01},
                                         {98, 2, 13, 87, 88.29, 98.0, 92.5},
                                         {97, 3, 7, 93, 93.27, 97.0, 95.0}}) {
    const Measures measures = MeasureClassification(FromCounts(row.tp, row.fn, row.fp, row.tn), 0);
    EXPECT_THAT(100 * Value(measures, "precision"), DoubleNear(row.precision, 0.00501));
    EXPECT_THAT(100 * Value(measures, "recall"), DoubleNear(row.recall, 0.00501));
    EXPECT_THAT(100 * Value(measures, "accuracy"), DoubleNear(row.accuracy, 0.00501));
  }
}

void ExpectSane(const Measures& measures) {
  for (const std::string& name : kNames) {
    ASSERT_TRUE(measures.by_name.contains(name)) << name;
    const Measure& m = measures.by_name.at(name);
    EXPECT_TRUE(m.value || !m.why.empty()) << name;
    EXPECT_EQ(m.low.has_value(), m.high.has_value()) << name;
    if (!m.value) continue;
    EXPECT_TRUE(std::isfinite(*m.value)) << name;
    EXPECT_TRUE(m.low || !m.why.empty()) << name;
    if (!m.low) continue;
    EXPECT_LE(*m.low, *m.value) << name;
    EXPECT_LE(*m.value, *m.high) << name;
    EXPECT_GE(*m.low, name == "mcc" ? -1 : 0) << name;
    EXPECT_TRUE(name == "log_loss" || *m.high <= 1) << name;
  }
}

TEST(Classification, IntervalsContainTheEstimateAndLieInRange) {
  for (uint64_t seed = 0; seed < 12; ++seed) {
    auto predictions = DrawPredictions(seed, 2 + static_cast<int>(7 * seed), seed % 2 == 0 ? 0 : 6);
    ExpectSane(MeasureClassification(predictions, seed));
    for (size_t i = 0; i < predictions.size(); ++i)
      predictions[i].group = fmt::format("g{}", i / 3);
    ExpectSane(MeasureClassification(predictions, seed));
  }
}

bool Same(const Measures& a, const Measures& b) {
  for (const std::string& name : kNames) {
    const Measure& x = a.by_name.at(name);
    const Measure& y = b.by_name.at(name);
    if (x.value != y.value || x.low != y.low || x.high != y.high || x.why != y.why) return false;
  }
  return true;
}

TEST(Classification, IndependentOfRowOrderAndThreads) {
  auto predictions = DrawPredictions(9, 70, 10);
  for (size_t i = 0; i < predictions.size(); i += 2)
    predictions[i].group = fmt::format("g{}", i % 22);
  const Measures reference = MeasureClassification(predictions, 4);
  EXPECT_EQ(reference.groups, 35 + 11);
  Stream stream(1, "tests/order");
  for (const int threads : {1, 3}) {
    SetThreads(threads);
    stream.Shuffle(predictions);
    EXPECT_TRUE(Same(MeasureClassification(predictions, 4), reference));
  }
  SetThreads(0);
  EXPECT_FALSE(Same(MeasureClassification(predictions, 5), reference));
}

TEST(Classification, OneClassOnly) {
  for (const int label : {0, 1}) {
    const std::string why = label == 0 ? "all photographs of the benchmark are bad" : "are good";
    const Measures measures =
        MeasureClassification(MakePredictions({0.2, 0.6, 0.1}, {label, label, label}), 0);
    ExpectSane(measures);
    for (const char* name : {"precision", "f1", "balanced_accuracy", "mcc", "roc_auc", "pr_auc"}) {
      EXPECT_FALSE(measures.by_name.at(name).value) << name;
      EXPECT_THAT(measures.by_name.at(name).why, HasSubstr(why));
    }
    const char* const defined = label == 0 ? "specificity" : "recall";
    EXPECT_EQ(Value(measures, defined), Value(measures, "accuracy"));
    EXPECT_THAT(measures.by_name.at(label == 0 ? "recall" : "specificity").why,
                HasSubstr(label == 0 ? "no good photographs" : "no bad photographs"));
    EXPECT_TRUE(measures.by_name.at("log_loss").value);
  }
}

TEST(Classification, OneRow) {
  const Measures measures = MeasureClassification(MakePredictions({0.75}, {1}), 0);
  ExpectSane(measures);
  EXPECT_EQ(Value(measures, "recall"), 1);
  EXPECT_THAT(*measures.by_name.at("recall").low, DoubleNear(0.2065, 1e-4));
  EXPECT_EQ(Value(measures, "brier"), 0.0625);
  EXPECT_EQ(Value(measures, "ece"), 0.25);
  EXPECT_FALSE(measures.by_name.at("brier").low);
  EXPECT_THAT(measures.by_name.at("brier").why, HasSubstr("no interval"));
}

TEST(Classification, NothingCalledGood) {
  const Measures measures = MeasureClassification(MakePredictions({0.4, 0.5, 0.1}, {1, 1, 0}), 0);
  ExpectSane(measures);
  EXPECT_FALSE(measures.by_name.at("precision").value);
  EXPECT_EQ(measures.by_name.at("precision").why, "nothing was called good");
  EXPECT_EQ(Value(measures, "f1"), 0);
  EXPECT_EQ(Value(measures, "mcc"), 0);
}

TEST(Classification, PerfectIsNotCertain) {
  const Measures measures = MeasureClassification(FromCounts(20, 0, 0, 30), 0);
  ExpectSane(measures);
  for (const char* name : {"accuracy", "precision", "recall", "specificity", "roc_auc"}) {
    EXPECT_EQ(Value(measures, name), 1) << name;
    EXPECT_LT(*measures.by_name.at(name).low, 1) << name;
  }
  for (const char* name : {"f1", "balanced_accuracy", "mcc", "pr_auc"}) {
    EXPECT_EQ(Value(measures, name), 1) << name;
    EXPECT_FALSE(measures.by_name.at(name).low) << name;
    EXPECT_THAT(measures.by_name.at(name).why, testing::Not(IsEmpty())) << name;
  }
}

}  // namespace
}  // namespace kallos::measures
