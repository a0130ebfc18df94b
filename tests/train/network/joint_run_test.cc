#include "train/network/joint_run.h"

#include "lib/weights/safetensors.h"
#include "tests/train/network/learnable_photos.h"

namespace kallos::train {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class JointRun : public LearnablePhotos {
 protected:
  std::string Fault(const JointConfig& config, ErrorKind kind = ErrorKind::kInput) const {
    return MessageOf([&] { RunWith(config, RunJoint); }, kind);
  }
};

TEST_F(JointRun, LearnsThatBrightIsGood) {
  RunWith(Joint("out"), RunJoint);
  const model::Bundle bundle = Load("out");
  EXPECT_GE(bundle.validation.at("accuracy"), 0.9);
  EXPECT_EQ(bundle.validation.at("n"), 32);
  EXPECT_LE(bundle.validation.at("log_loss"), bundle.validation.at("log_loss_uncalibrated") + 1e-9);
  const model::Quality again = QualityOn("val", "out");
  EXPECT_NEAR(again.loss, bundle.validation.at("log_loss"), 0.01);
  EXPECT_NEAR(again.accuracy, bundle.validation.at("accuracy"), 0.01);
  EXPECT_GE(TestAccuracy("out"), 0.8);
  const std::vector<EpochRow> history = History("out");
  EXPECT_EQ(history.size(), 15u);
  EXPECT_LT(history.back().train_loss, 0.5 * history.front().train_loss);
}

TEST_F(JointRun, TheSameBytesAtAnyNumberOfThreads) {
  JointConfig config = Joint("one");
  config.network.epochs = 2;
  config.network.average = 0.9;
  config.network.colour = 0.1;
  config.network.flip = true;
  SetThreads(1);
  RunWith(config, RunJoint);
  for (const int threads : {2, 3}) {
    SetThreads(threads);
    config.network.out = folder_ / fmt::format("threads{}", threads);
    RunWith(config, RunJoint);
    EXPECT_EQ(FilesOf(folder_ / "one"), FilesOf(config.network.out)) << threads;
  }
  config.network.out = folder_ / "seed";
  RunWith(config, RunJoint, 2);
  EXPECT_NE(StudentOf("seed"), StudentOf("one"));
}

TEST_F(JointRun, AFinishedRunIsLeftAsItIsAndOthersAreRefused) {
  JointConfig config = Joint("out");
  config.network.epochs = 1;
  RunWith(config, RunJoint);
  const auto files = FilesOf(config.network.out);
  EXPECT_FALSE(files.contains("checkpoint.safetensors"));
  RunWith(config, RunJoint);
  EXPECT_EQ(FilesOf(config.network.out), files);
  config.network.lr = 0.02;
  EXPECT_THAT(Fault(config),
              AllOf(HasSubstr("a training with other settings"), HasSubstr("--fresh")));
  EXPECT_EQ(FilesOf(config.network.out), files);
  config.network.fresh = true;
  RunWith(config, RunJoint);
  EXPECT_NE(FilesOf(config.network.out), files);
}

TEST_F(JointRun, SettingsThatDoNotDecideTheResultMayChange) {
  JointConfig config = Joint("out");
  config.network.epochs = 1;
  RunWith(config, RunJoint);
  config.network.cache = folder_ / "cache";
  RunWith(config, RunJoint);
  fs::rename(folder_ / "out", folder_ / "moved");
  config.network.out = folder_ / "moved";
  RunWith(config, RunJoint);
}

TEST_F(JointRun, FrozenLayersStayAndRatesOfZeroDoToo) {
  JointConfig config = Joint("first");
  config.network.epochs = 1;
  RunWith(config, RunJoint);
  config.weights = folder_ / "first/bundle/student.safetensors";
  config.network.out = folder_ / "frozen";
  config.end_to_end.freeze = "block1";
  RunWith(config, RunJoint);
  config.network.out = folder_ / "slow";
  config.end_to_end.freeze.clear();
  config.end_to_end.rates = {"block2/=0"};
  RunWith(config, RunJoint);
  const auto tensors = [&](const std::string& out) {
    std::map<std::string, std::vector<float>> named;
    for (const auto& tensor : weights::ParseSafetensors(StudentOf(out), "", true))
      named[tensor.name] = tensor.values;
    return named;
  };
  const auto first = tensors("first"), frozen = tensors("frozen"), slow = tensors("slow");
  size_t same = 0;
  for (const auto& [name, values] : first) {
    const bool before =
        name.starts_with("conv1/") || name.starts_with("bn1/") || name.starts_with("block1/");
    const bool statistic = name.find("moving") != std::string::npos,
               block2 = name.starts_with("block2/");
    EXPECT_TRUE(!before || frozen.at(name) == values) << name;
    EXPECT_TRUE(before || !name.ends_with("kernel") || frozen.at(name) != values) << name;
    EXPECT_TRUE(!block2 || statistic || slow.at(name) == values) << name;
    EXPECT_TRUE(block2 || !name.ends_with("kernel") || slow.at(name) != values) << name;
    same += before;
  }
  EXPECT_GT(same, 20u);
}

TEST_F(JointRun, AFreezeThatIsNoLayerListsThem) {
  JointConfig config = Joint("out");
  config.end_to_end.freeze = "blok1";
  EXPECT_THAT(Fault(config, ErrorKind::kUsage),
              AllOf(HasSubstr("blok1"), HasSubstr("did you mean"), HasSubstr("block2")));
}

TEST_F(JointRun, OneClassIsNotEnough) {
  for (store::ManifestRow& row : manifest_.rows) row.label = row.split == "val" ? 1 : *row.label;
  GiveManifest();
  EXPECT_THAT(Fault(Joint("out")), HasSubstr("validation"));
  for (store::ManifestRow& row : manifest_.rows) row.label = 0;
  GiveManifest();
  EXPECT_THAT(Fault(Joint("out")), HasSubstr("training"));
}

TEST_F(JointRun, ChangedAndLostPhotographsAreNamedBeforeAnyTraining) {
  image::WriteJpeg(folder_ / manifest_.rows[2].path, LearnablePhoto(77), 92);
  fs::remove(folder_ / manifest_.rows[5].path);
  EXPECT_THAT(Fault(Joint("out")), AllOf(HasSubstr("photo0002"), HasSubstr("photo0005")));
  EXPECT_FALSE(fs::exists(folder_ / "out/checkpoint.safetensors"));
}

TEST_F(JointRun, AFreshTrainingThatIsRefusedLeavesTheOldOne) {
  JointConfig config = Joint("out");
  config.network.epochs = 1;
  RunWith(config, RunJoint);
  const auto files = FilesOf(config.network.out);
  config.network.fresh = true;
  config.end_to_end.freeze = "tyop";
  EXPECT_THAT(Fault(config, ErrorKind::kUsage), HasSubstr("tyop"));
  config.end_to_end.freeze.clear();
  config.end_to_end.rates = {"nosuch/=0.1"};
  EXPECT_THAT(Fault(config, ErrorKind::kUsage), HasSubstr("nosuch/"));
  config.end_to_end.rates.clear();
  config.network.resize = "border:16";
  EXPECT_THAT(Fault(config, ErrorKind::kUsage), HasSubstr("at least 32 x 32"));
  EXPECT_EQ(FilesOf(config.network.out), files);
}

TEST_F(JointRun, ABundleFolderOfTheUsersIsNoTraining) {
  JointConfig config = Joint("mine");
  config.network.fresh = true;
  PublishBytes(folder_ / "mine/bundle/precious.txt", "hi");
  EXPECT_THAT(Fault(config), HasSubstr("bundle"));
  EXPECT_EQ(ReadFile(folder_ / "mine/bundle/precious.txt"), "hi");
}

TEST_F(JointRun, AResultWhoseBundleIsGoneIsMadeAgain) {
  JointConfig config = Joint("out");
  config.network.epochs = 1;
  RunWith(config, RunJoint);
  const auto files = FilesOf(config.network.out);
  fs::remove_all(folder_ / "out/bundle");
  RunWith(config, RunJoint);
  EXPECT_EQ(FilesOf(config.network.out), files);
}

TEST_F(JointRun, WithoutHashesWhatIsInThePhotographsCountsAndNotWhereTheyLie) {
  for (store::ManifestRow& row : manifest_.rows) row.sha256.clear();
  GiveManifest();
  JointConfig config = Joint("out");
  config.network.epochs = 1;
  RunWith(config, RunJoint);
  fs::rename(folder_ / manifest_.rows[0].path, folder_ / "elsewhere.jpg");
  manifest_.rows[0].path = "elsewhere.jpg";
  GiveManifest();
  const auto files = FilesOf(config.network.out);
  RunWith(config, RunJoint);
  EXPECT_EQ(FilesOf(config.network.out), files);
  fs::copy_file(folder_ / manifest_.rows[1].path, folder_ / "elsewhere.jpg",
                fs::copy_options::overwrite_existing);
  EXPECT_THAT(Fault(config), HasSubstr("other settings or inputs"));
}

TEST_F(JointRun, LoadsTrainOneAfterTheOther) {
  JointConfig config = Joint("out");
  config.pool = {2, 20, 10, true};
  config.network.epochs = 2;
  RunWith(config, RunJoint);
  const std::vector<EpochRow> history = History("out");
  ASSERT_EQ(history.size(), 4u);
  for (size_t i = 0; i < 4; ++i) EXPECT_EQ(history[i].fit, static_cast<int64_t>(i / 2));
}

TEST_F(JointRun, PublishedLossLearnsToo) {
  JointConfig config = Joint("out");
  config.loss = LabelLoss::kBroadcastMse;
  config.end_to_end.balance = Balance::kSampler;
  config.taps = nn::Taps::kMultigap;
  RunWith(config, RunJoint);
  const std::vector<EpochRow> history = History("out");
  EXPECT_LT(history.back().train_loss, history.front().train_loss);
}

}  // namespace
}  // namespace kallos::train
