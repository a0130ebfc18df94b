#include "train/distill/feature_run.h"

#include "lib/model/bundle_extractors.h"
#include "tests/train/network/learnable_photos.h"

namespace kallos::train {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class FeatureRun : public LearnablePhotos {
 protected:
  void SetUp() override {
    LearnablePhotos::SetUp();
    MakeTeacher();
  }

  std::string Fault(const FeatureConfig& config, ErrorKind kind = ErrorKind::kInput) const {
    return MessageOf([&] { RunWith(config, RunFeatures); }, kind);
  }

  // Of the student's numbers on the test photographs: share of the variance of the teacher's that
  // it explains, by column.
  std::vector<double> ExplainedOnTest(const std::string& out) const {
    const model::Bundle teacher = model::LoadBundle(this->teacher());
    const auto extractor = std::move(model::MakeExtractors(Load(out), {}, "cpu")[0]);
    std::vector<double> wrong(4, 0), sum(4, 0), squares(4, 0);
    double n = 0;
    for (size_t i = 0; i < kPhotos; ++i) {
      if (manifest_.rows[i].split != "test") continue;
      const double b = BrightnessOf(i), t = TintOf(i);
      Matrix<float> features(1, 4);
      features(0, 0) = static_cast<float>(3 * b - 1),
                  features(0, 1) = static_cast<float>(100 + 20 * t);
      features(0, 2) = static_cast<float>(1e-3 * (b - t)),
                  features(0, 3) = static_cast<float>(b * b);
      const Matrix<float> target = model::HeadInputs(teacher, features);
      const std::vector<float> found =
          extractor->ExtractFiles({folder_ / manifest_.rows[i].path})[0].value();
      for (size_t j = 0; j < 4; ++j) {
        wrong[j] += std::pow(double{found[j]} - target(0, j), 2);
        sum[j] += target(0, j);
        squares[j] += double{target(0, j)} * target(0, j);
      }
      ++n;
    }
    std::vector<double> explained;
    for (size_t j = 0; j < 4; ++j)
      explained.push_back(1 - wrong[j] / (squares[j] - sum[j] * sum[j] / n));
    return explained;
  }
};

TEST_F(FeatureRun, LearnsTheTeachersNumbersAndVerdicts) {
  FeatureConfig config = Features("out");
  config.network.epochs = 20;
  RunWith(config, RunFeatures);
  const std::vector<EpochRow> history = History("out");
  EXPECT_LT(history.back().train_loss, 0.5 * history.front().train_loss);
  const model::Bundle bundle = Load("out"), teacher = model::LoadBundle(this->teacher());
  EXPECT_GE(bundle.validation.at("agreement_with_teacher"), 0.85);
  EXPECT_LT(bundle.validation.at("feature_loss"), 0.8);
  EXPECT_EQ(bundle.temperature, teacher.temperature);
  EXPECT_GE(TestAccuracy("out"), 0.8);
  const std::vector<double> explained = ExplainedOnTest("out");
  EXPECT_GT(explained[0], 0.4) << "brightness";
  EXPECT_GT(explained[1], 0.2) << "tint";
}

// The numbers of a bundle are the teacher's whatever the loss compared: on their own scale and of
// their length.
TEST_F(FeatureRun, EveryLossGivesNumbersOfTheTeachersScale) {
  for (const FeatureLoss loss :
       {FeatureLoss::kStandardizedMse, FeatureLoss::kMse, FeatureLoss::kCosine}) {
    FeatureConfig config = Features(fmt::format("loss{}", static_cast<int>(loss)));
    config.loss = loss;
    config.network.epochs = 20;
    RunWith(config, RunFeatures);
    EXPECT_GT(ExplainedOnTest(config.network.out.filename())[0], 0.4) << EnumName(loss);
  }
}

TEST_F(FeatureRun, TheSameBytesAtAnyNumberOfThreads) {
  FeatureConfig config = Features("one");
  config.network.epochs = 2;
  config.network.average = 0.9;
  config.loss = FeatureLoss::kCosine;
  config.dropout.reset();
  SetThreads(1);
  RunWith(config, RunFeatures);
  for (const int threads : {2, 3}) {
    SetThreads(threads);
    config.network.out = folder_ / fmt::format("threads{}", threads);
    RunWith(config, RunFeatures);
    EXPECT_EQ(FilesOf(folder_ / "one"), FilesOf(config.network.out)) << threads;
  }
}

// A photograph without a label teaches as well as others.
TEST_F(FeatureRun, NeedsNoLabels) {
  FeatureConfig config = Features("labels");
  config.network.epochs = 1;
  RunWith(config, RunFeatures);
  for (store::ManifestRow& row : manifest_.rows) row.label.reset();
  GiveManifest();
  config.manifest = folder_ / "m.csv";
  config.network.out = folder_ / "none";
  RunWith(config, RunFeatures);
  EXPECT_EQ(StudentOf("none"), StudentOf("labels"));
}

TEST_F(FeatureRun, ABodyToBeginWith) {
  FeatureConfig config = Features("first");
  config.network.epochs = 1;
  RunWith(config, RunFeatures);
  config.initial = folder_ / "first/bundle/student.safetensors";
  config.network.out = folder_ / "second";
  RunWith(config, RunFeatures);
  EXPECT_LT(History("second")[0].train_loss, History("first")[0].train_loss);
  EXPECT_NE(StudentOf("second"), StudentOf("first"));
}

TEST_F(FeatureRun, FaultsAreNamed) {
  FeatureConfig config = Features("out");
  config.features = {folder_ / "s", folder_ / "s"};
  EXPECT_NE(Fault(config), "no error");
  WriteExampleStore(folder_ / "other", manifest_, 4, 0, "another");
  config.features = {folder_ / "other"};
  EXPECT_THAT(Fault(config), HasSubstr("another"));
  config = Features("out");
  for (store::ManifestRow& row : manifest_.rows) row.label.reset();
  GiveManifest();
  config.manifest = folder_ / "m.csv";
  config.pool.repeat_good = 7;
  EXPECT_THAT(Fault(config, ErrorKind::kUsage),
              HasSubstr("--repeat-good 7: no training photograph has the label good"));
  config = Features("out");
  config.initial = folder_ / "gone.safetensors";
  EXPECT_THAT(Fault(config), HasSubstr("gone.safetensors"));
  config = Features("out");
  config.network.lr = 1e30;
  config.network.scheduler = Schedule::kConstant;
  EXPECT_THAT(Fault(config),
              AllOf(HasSubstr("epoch 0, step"), HasSubstr("lower --lr"), HasSubstr("--clip")));
  EXPECT_FALSE(fs::exists(folder_ / "out/bundle"));
  image::WriteJpeg(folder_ / manifest_.rows[2].path, LearnablePhoto(77), 92);
  EXPECT_THAT(Fault(Features("unread")), HasSubstr("photo0002"));
}

}  // namespace
}  // namespace kallos::train
