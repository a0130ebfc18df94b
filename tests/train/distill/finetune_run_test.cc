#include "train/distill/finetune_run.h"

#include "tests/train/network/learnable_photos.h"

namespace kallos::train {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class FinetuneRun : public LearnablePhotos {
 protected:
  void SetUp() override {
    LearnablePhotos::SetUp();
    MakeTeacher();
    FeatureConfig features = Features("features");
    features.network.epochs = 10;
    RunWith(features, RunFeatures);
  }

  FinetuneConfig Config(const std::string& out) const {
    FinetuneConfig config = Finetune(out, folder_ / "features/bundle");
    config.network.epochs = 3;
    return config;
  }
  FinetuneConfig WithTeacher(const std::string& out) const {
    FinetuneConfig config = Config(out);
    config.teacher = teacher();
    config.features = {folder_ / "s"};
    return config;
  }
  std::string Fault(const FinetuneConfig& config, ErrorKind kind = ErrorKind::kInput) const {
    return MessageOf([&] { RunWith(config, RunFinetune); }, kind);
  }
  void FlipLabels() {
    for (store::ManifestRow& row : manifest_.rows) {
      if (row.split == "train") row.label = 1 - *row.label;
    }
    GiveManifest();
  }
};

TEST_F(FinetuneRun, GoesOnFromTheStudent) {
  RunWith(Config("out"), RunFinetune);
  const model::Bundle bundle = Load("out");
  EXPECT_GE(bundle.validation.at("accuracy"), 0.9);
  EXPECT_GE(TestAccuracy("out"), std::max(0.8, TestAccuracy("features") - 0.1));
  EXPECT_EQ(bundle.parts[0].dimension, 4);
  EXPECT_NE(StudentOf("out"), StudentOf("features"));
  FinetuneConfig again = Config("again");
  again.student = folder_ / "out/bundle";
  RunWith(again, RunFinetune);
  EXPECT_GE(TestAccuracy("again"), 0.8);
}

TEST_F(FinetuneRun, GoesOnFromAJointTraining) {
  JointConfig joint = Joint("joint");
  joint.network.epochs = 2;
  RunWith(joint, RunJoint);
  FinetuneConfig config = Config("out");
  config.student = folder_ / "joint/bundle";
  RunWith(config, RunFinetune);
  EXPECT_GE(TestAccuracy("out"), 0.8);
  EXPECT_EQ(Load("out").parts[0].dimension, 256);
}

// With the teacher alone the labels of the training rows say nothing: opposite ones give the same
// network.
TEST_F(FinetuneRun, SoftWeightOneIgnoresLabels) {
  FinetuneConfig config = WithTeacher("right");
  config.soft_weight = 1;
  RunWith(config, RunFinetune);
  FlipLabels();
  config.network.out = folder_ / "flipped";
  RunWith(config, RunFinetune);
  EXPECT_EQ(StudentOf("flipped"), StudentOf("right"));
  EXPECT_GE(TestAccuracy("right"), 0.8);
  config.soft_weight = 0.5;
  config.network.out = folder_ / "both";
  RunWith(config, RunFinetune);
  EXPECT_NE(StudentOf("both"), StudentOf("right"));
}

// Without soft targets a teacher changes nothing but who trains.
TEST_F(FinetuneRun, SoftWeightZeroIgnoresTheTeacher) {
  FinetuneConfig config = WithTeacher("taught");
  config.soft_weight = 0;
  RunWith(config, RunFinetune);
  RunWith(Config("alone"), RunFinetune);
  EXPECT_EQ(StudentOf("taught"), StudentOf("alone"));
}

TEST_F(FinetuneRun, HintsKeepTheNumbersNearTheTeachers) {
  FinetuneConfig config = WithTeacher("hints");
  config.hint_weight = 10;
  config.network.epochs = 10;
  config.network.lr = 0.003;
  RunWith(config, RunFinetune);
  config.hint_weight = 0;
  config.network.out = folder_ / "none";
  RunWith(config, RunFinetune);
  EXPECT_GT(History("hints")[0].train_loss, History("none")[0].train_loss)
      << "the hints' error is part of the loss";
  EXPECT_LT(History("hints").back().train_loss, History("hints")[0].train_loss);
  EXPECT_GE(TestAccuracy("hints"), 0.8);
}

TEST_F(FinetuneRun, HintsNeedAsManyNumbersAsTheTeachers) {
  JointConfig joint = Joint("joint");
  joint.network.epochs = 1;
  RunWith(joint, RunJoint);
  FinetuneConfig config = WithTeacher("out");
  config.student = folder_ / "joint/bundle";
  config.hint_weight = 1;
  EXPECT_THAT(Fault(config), AllOf(HasSubstr("--hint-weight"), HasSubstr("256"), HasSubstr("4")));
}

TEST_F(FinetuneRun, TheSameBytesAtAnyNumberOfThreads) {
  FinetuneConfig config = WithTeacher("one");
  config.hint_weight = 1;
  config.dropout = {0.2, 0.2};
  config.network.average = 0.9;
  SetThreads(1);
  RunWith(config, RunFinetune);
  SetThreads(2);
  config.network.out = folder_ / "two";
  RunWith(config, RunFinetune);
  EXPECT_EQ(FilesOf(folder_ / "one"), FilesOf(folder_ / "two"));
}

TEST_F(FinetuneRun, AHeadAloneIsNoStudent) {
  FinetuneConfig config = Config("out");
  config.student = teacher();
  EXPECT_THAT(Fault(config), AllOf(HasSubstr("teacher/bundle"),
                                   HasSubstr("kallos-distill or kallos-train joint")));
}

TEST_F(FinetuneRun, DropoutIsOneValueForEachHiddenLayer) {
  FinetuneConfig config = Config("out");
  config.dropout = {0.1};
  EXPECT_THAT(Fault(config, ErrorKind::kUsage),
              HasSubstr("--dropout: 1 values for a head of 2 hidden layers"));
}

}  // namespace
}  // namespace kallos::train
