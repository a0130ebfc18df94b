#include "train/distill/teacher.h"

#include <set>

#include "tests/train/example_data.h"

namespace kallos::train {
namespace {

using testing::HasSubstr;

class AskingTheTeacher : public TrainTest {
 protected:
  void SetUp() override {
    TrainTest::SetUp();
    manifest_ = ExampleManifest(folder_, 80);
    for (store::ManifestRow& row : manifest_.rows) row.sha256 = Sha256Hex(row.id);
    manifest_.rows[0].benchmark = "alm";
    manifest_.rows[2].label.reset();
    WriteExampleStore(folder_ / "s", manifest_, 5);
    Run(Config());
    source_ = {folder_ / "out" / "bundle", {folder_ / "s"}, {}, 0.25, false};
  }

  void GiveManifest() {
    source_.manifest = folder_ / "m.csv";
    store::WriteManifest(*source_.manifest, manifest_);
  }

  std::string Fault(ErrorKind kind = ErrorKind::kInput) {
    return MessageOf([&] { AskTeacher(source_, 1); }, kind);
  }

  store::Manifest manifest_;
  TeacherSource source_;
};

TEST_F(AskingTheTeacher, TargetsAndLogitsAreThoseOfTheBundle) {
  const Teaching teaching = AskTeacher(source_, 1);
  const model::Bundle bundle = model::LoadBundle(source_.bundle);
  ASSERT_EQ(teaching.photographs.rows.size(), teaching.targets.rows());
  const std::vector<double> found = model::ProbabilityOfGood(teaching.logits, bundle.temperature);
  for (size_t i = 0; i < teaching.photographs.rows.size(); ++i) {
    const store::ManifestRow& row = teaching.photographs.rows[i];
    Matrix<float> features(1, 5);
    for (int64_t j = 0; j < 5; ++j)
      features(0, static_cast<size_t>(j)) = teaching.targets(i, static_cast<size_t>(j));
    store::ManifestRow labelled = row;
    if (row.id == "photo0002") labelled.label.reset();
    EXPECT_EQ(teaching.targets(i, 4), ExampleFeature(labelled, 4, 3)) << row.id;
    EXPECT_DOUBLE_EQ(found[i], model::Predict(bundle, features)[0]);
  }
}

TEST_F(AskingTheTeacher, TestAndBenchmarkRowsAreNeverSeen) {
  for (const bool labels_required : {false, true}) {
    source_.labels_required = labels_required;
    const Teaching teaching = AskTeacher(source_, 1);
    std::set<std::string> train, expected;
    for (const size_t i : teaching.train_rows) train.insert(teaching.photographs.rows[i].id);
    for (const store::ManifestRow& row : manifest_.rows) {
      if (row.split == "train" && row.benchmark.empty() && (row.label || !labels_required))
        expected.insert(row.id);
    }
    EXPECT_EQ(train, expected);
    for (const size_t i : teaching.validation_rows)
      EXPECT_EQ(teaching.photographs.rows[i].split, "val");
  }
}

TEST_F(AskingTheTeacher, WithoutAValidationSplitAPartOfTheTrainingRowsValidates) {
  for (store::ManifestRow& row : manifest_.rows) row.split.clear();
  GiveManifest();
  const Teaching teaching = AskTeacher(source_, 1);
  EXPECT_EQ(teaching.train_rows.size() + teaching.validation_rows.size(), 79u);
  EXPECT_NEAR(static_cast<double>(teaching.validation_rows.size()), 79 * 0.25, 2);
  EXPECT_NE(AskTeacher(source_, 2).validation_rows, teaching.validation_rows);
}

TEST_F(AskingTheTeacher, PhotographsThatAreNotThoseOfTheFeatures) {
  manifest_.rows[5].sha256 = Sha256Hex("other");
  GiveManifest();
  EXPECT_THAT(Fault(), testing::AllOf(HasSubstr("1 photographs"), HasSubstr("photo0005"),
                                      HasSubstr("SHA-256")));
}

TEST_F(AskingTheTeacher, StoresOfAnotherExtractor) {
  WriteExampleStore(folder_ / "other", manifest_, 5, 3, "another");
  source_.features = {folder_ / "other"};
  EXPECT_THAT(Fault(), HasSubstr("another"));
}

TEST_F(AskingTheTeacher, NobodyTrains) {
  for (store::ManifestRow& row : manifest_.rows) row.split = "test";
  GiveManifest();
  EXPECT_THAT(Fault(), HasSubstr("0 photographs train and 0 validate"));
  manifest_.rows[1].split = "train";
  manifest_.rows[3].split = "val";
  GiveManifest();
  EXPECT_THAT(Fault(), HasSubstr("1 photographs train"));
}

}  // namespace
}  // namespace kallos::train
