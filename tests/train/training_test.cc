#include "train/training.h"

#include "tests/train/example_data.h"

namespace kallos::train {
namespace {

using testing::HasSubstr;

class TrainingTest : public TrainTest {
 protected:
  void SetUp() override {
    TrainTest::SetUp();
    WriteExampleStore(folder_ / "s", ExampleManifest(folder_, 160, 4), 8, 0.7);
  }

  // One epoch per process, as it were.
  static std::string TrainResuming(const HeadConfig& config, const HeadData& data) {
    while (Training(config.settings, data, 1, config.out).RunEpoch()) continue;
    return ReadFile(config.out / "checkpoint-1.safetensors");
  }
  static std::string TrainAtOnce(const HeadConfig& config, const HeadData& data) {
    Training(config.settings, data, 1, config.out).Run();
    return ReadFile(config.out / "checkpoint-1.safetensors");
  }
};

TEST_F(TrainingTest, ResumingAfterEachEpochGivesTheSameBytes) {
  std::vector<HeadConfig> configs(5, Config());
  configs[1].settings.recipe.balance = Balance::kSampler;
  configs[2].settings.recipe.balance = Balance::kChunks;
  configs[2].settings.patience = 2;
  configs[3].settings.recipe.balance = Balance::kChunks;
  configs[3].settings.checkpoint = Checkpoint::kPerFit;
  configs[3].settings.recipe.scheduler = Schedule::kWarmRestart;
  configs[4].settings.recipe.moving_statistics = MovingStatistics::kKeras;
  configs[4].settings.patience = 1;
  for (size_t i = 0; i < configs.size(); ++i) {
    configs[i].out = folder_ / fmt::format("once{}", i);
    const HeadData data = LoadHeadData(configs[i], 1);
    const std::string once = TrainAtOnce(configs[i], data);
    configs[i].out = folder_ / fmt::format("resumed{}", i);
    EXPECT_EQ(TrainResuming(configs[i], data), once) << i;
  }
}

TEST_F(TrainingTest, ChunksAreFittedOneAfterTheOther) {
  HeadConfig config = Config();
  config.settings.recipe.balance = Balance::kChunks;
  config.settings.recipe.epochs = 4;
  const HeadData data = LoadHeadData(config, 1);
  Training whole(config.settings, data, 1, config.out);
  whole.Run();
  ASSERT_EQ(whole.history().size(), 3u * 4u);  // 60 bad, 20 good
  const std::vector<double> rates = LearningRates(config.settings.recipe.scheduler,
                                                  config.settings.recipe.lr, kPublishedDecay, 4);
  double least = INFINITY;
  for (size_t i = 0; i < whole.history().size(); ++i) {
    const EpochRow& row = whole.history()[i];
    EXPECT_EQ(row.epoch, static_cast<int64_t>(i));
    EXPECT_EQ(row.fit, static_cast<int64_t>(i / 4));
    EXPECT_EQ(row.lr, rates[i % 4]);
    least = std::min(least, row.validation_loss);
  }
  EXPECT_EQ(whole.best().loss, least);
  EXPECT_EQ(whole.history()[static_cast<size_t>(whole.best().epoch)].validation_loss, least);
}

TEST_F(TrainingTest, PerFitTheBestIsThatOfTheLastFit) {
  HeadConfig config = Config();
  config.settings.recipe.balance = Balance::kChunks;
  config.settings.checkpoint = Checkpoint::kPerFit;
  config.settings.recipe.epochs = 3;
  config.settings.recipe.lr = 0.05;
  const HeadData data = LoadHeadData(config, 1);
  int earlier_was_better = 0;
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    Training training(config.settings, data, seed, config.out);
    training.Run();
    double of_all = INFINITY, of_last = INFINITY;
    for (const EpochRow& row : training.history()) {
      of_all = std::min(of_all, row.validation_loss);
      if (row.fit == 2) of_last = std::min(of_last, row.validation_loss);
    }
    EXPECT_EQ(training.best().loss, of_last);
    earlier_was_better += of_all < of_last ? 1 : 0;
  }
  EXPECT_GT(earlier_was_better, 0) << "nothing was tested";
}

TEST_F(TrainingTest, PatienceEndsTheFit) {
  HeadConfig config = Config();
  config.settings.recipe.epochs = 200;
  config.settings.recipe.lr = 0.05;
  config.settings.patience = 3;
  config.settings.recipe.scheduler = Schedule::kConstant;
  const HeadData data = LoadHeadData(config, 1);
  Training training(config.settings, data, 1, config.out);
  training.Run();
  EXPECT_LT(training.history().size(), 200u);
  EXPECT_EQ(static_cast<int64_t>(training.history().size()) - 1 - training.best().epoch, 3);
}

TEST_F(TrainingTest, ADivergedLossNamesEpochAndStepAndKeepsTheCheckpoint) {
  HeadConfig config = Config();
  HeadData data = LoadHeadData(config, 1);
  ASSERT_TRUE(Training(config.settings, data, 1, config.out).RunEpoch());
  const std::string good = ReadFile(config.out / "checkpoint-1.safetensors");
  for (const size_t row : data.train_rows) data.features(row, 0) = 1e38f;
  data.features(data.train_rows[3], 0) = -1e38f;
  const std::string message =
      MessageOf([&] { Training(config.settings, data, 1, config.out).RunEpoch(); });
  EXPECT_THAT(message, HasSubstr("epoch 1"));
  EXPECT_THAT(message, HasSubstr("step "));
  EXPECT_THAT(message, HasSubstr("lower --lr (now 0.01)"));
  EXPECT_EQ(ReadFile(config.out / "checkpoint-1.safetensors"), good);
}

TEST_F(TrainingTest, HugeRatesEndWithAMessage) {
  HeadConfig config = Config();
  config.settings.recipe.lr = 1e30;
  const HeadData data = LoadHeadData(config, 1);
  EXPECT_THAT(MessageOf([&] { Training(config.settings, data, 1, config.out).Run(); }),
              HasSubstr("lower --lr"));
}

TEST_F(TrainingTest, ForeignAndDamagedCheckpointsAreRefused) {
  HeadConfig config = Config();
  const HeadData data = LoadHeadData(config, 1);
  ASSERT_TRUE(Training(config.settings, data, 1, config.out).RunEpoch());
  const fs::path checkpoint = config.out / "checkpoint-1.safetensors";
  const std::string bytes = ReadFile(checkpoint);
  const auto message = [&](const HeadData& with) {
    return MessageOf([&] { Training(config.settings, with, 1, config.out); });
  };
  HeadData other = data;
  other.key = "other";
  EXPECT_THAT(message(other), HasSubstr("--fresh"));
  for (const size_t size : {size_t{0}, size_t{100}, bytes.size() / 2, bytes.size() - 1}) {
    PublishBytes(checkpoint, bytes.substr(0, size));
    EXPECT_THAT(message(data), HasSubstr("checkpoint-1.safetensors"));
  }
}

TEST_F(TrainingTest, HistoryGoesBothWays) {
  const std::vector<EpochRow> history = {{0, 0, 0.1, 1.0 / 3, 2e-17, 0.5}, {1, 1, 0.2, 3, 4, 1}};
  const std::string text = FormatHistory(history);
  EXPECT_EQ(FormatHistory(ParseHistory(text, "f")), text);
  EXPECT_THAT(MessageOf([&] { ParseHistory("epoch,fit\n0,x\n", "f"); }), HasSubstr("damaged"));
}

}  // namespace
}  // namespace kallos::train
