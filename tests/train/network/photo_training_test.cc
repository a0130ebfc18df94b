#include "train/network/photo_training.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <limits>

#include "lib/core/error.h"
#include "lib/core/stop.h"
#include "lib/weights/safetensors.h"
#include "tests/train/network/photos.h"
#include "train/balance.h"
#include "train/checkpoint.h"
#include "train/network/network_run.h"

namespace kallos::train {
namespace {

using testing::AllOf;
using testing::DoubleEq;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pointwise;

constexpr size_t kPhotos = 11;
constexpr int64_t kSteps = 3;  // of an epoch: 4, 4 and 3 photographs

FrameSettings SmallFrames(std::optional<int64_t> memory = {}) {
  FrameSettings settings;
  settings.resize = image::ParseResizeRule("border:24");
  settings.memory_budget = memory;
  return settings;
}

// What a FakeLearner is to do and what was done to it; goes on over learners, as a user's patience
// does.
struct Script {
  std::function<double(int64_t step)> loss = [](int64_t) {
    return 1.0;
  };  // steps are counted from 0
  std::function<double(int64_t epoch)> validation = [](int64_t) {
    return 1.0;
  };                        // validations are counted from 0
  int64_t stop_after = -1;  // steps
  std::function<void()> before_step = [] {};
  std::vector<double> rates;          // that Step was given
  std::vector<int64_t> forgot_after;  // steps
};

// A "network" of one weight and its moment, which every photograph and rate of the past decides.
class FakeLearner : public Learner {
 public:
  explicit FakeLearner(Script& script) : script_(script) {}

  double Step(const PhotoBatch& batch, double learning_rate) override {
    script_.before_step();
    script_.rates.push_back(learning_rate);
    for (size_t i = 0; i < batch.rows.size(); ++i) {
      moment_ =
          0.5f * moment_ + static_cast<float>(batch.rows[i]) + batch.pictures[i].rgb[100] / 255;
      weight_ = 0.9f * weight_ + static_cast<float>(learning_rate) * moment_;
    }
    const double loss = script_.loss(static_cast<int64_t>(steps_));
    ++steps_;
    if (static_cast<int64_t>(steps_) == script_.stop_after) RequestStop();
    return loss;
  }

  void ForgetMoments() override {
    moment_ = 0;
    script_.forgot_after.push_back(static_cast<int64_t>(steps_));
  }

  model::Quality Validate() override {
    ThrowIfStopRequested();
    const double loss = script_.validation(static_cast<int64_t>(validations_));
    ++validations_;
    return {loss, 0.25};
  }
  std::string accuracy_name() const override { return "accuracy"; }
  std::string rate_flags() const override { return "--lr (now 0.01)"; }

  std::vector<weights::Tensor> result() const override {
    return {{"weight", "", weights::Dtype::kFloat32, {1}, {weight_}}};
  }
  std::vector<weights::Tensor> state() const override {
    return {{"all", "", weights::Dtype::kFloat32, {4}, {weight_, moment_, steps_, validations_}}};
  }
  void set_state(const std::vector<weights::Tensor>& state, const std::string&) override {
    ASSERT_EQ(state.size(), 1u);
    const std::vector<float>& values = state[0].values;
    weight_ = values[0], moment_ = values[1], steps_ = values[2], validations_ = values[3];
  }

 private:
  Script& script_;
  float weight_ = 0, moment_ = 0, steps_ = 0, validations_ = 0;
};

class PhotoTrainingTest : public testing::Test {
 protected:
  PhotoTrainingTest() {
    config_.out = photos_.cache().parent_path() / "out";
    config_.epochs = 3;
    config_.batch = 4;
    config_.lr = 0.01;
    MakeFolder(config_.out);
    std::vector<size_t> rows(kPhotos);
    for (size_t i = 0; i < kPhotos; ++i) rows[i] = i;
    schedule_.seed = 5;
    schedule_.key = "key";
    schedule_.plan = [rows](int64_t epoch) {
      std::vector<size_t> order = rows;
      Stream(5, "test/order", static_cast<uint64_t>(epoch)).Shuffle(order);
      return Batches(order, 4);
    };
  }
  ~PhotoTrainingTest() override { ClearStop(); }

  struct Ended {
    std::vector<float> best, state;
    std::string history;
    double loss = 0;
    int64_t epoch = 0;
    bool operator==(const Ended&) const = default;
  };

  // As the same command again does; throws what the training throws.
  Ended Train(Script& script) {
    FakeLearner learner(script);
    PhotoTraining training(config_, schedule_, frames_, learner);
    training.Run();
    const BestResult& best = training.best();
    return {best.tensors.at(0).values, learner.state()[0].values, FormatHistory(training.history()),
            best.loss, best.epoch};
  }

  std::string MessageOf(Script& script) {
    try {
      Train(script);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput);
      return error.what();
    }
    return "no error";
  }

  fs::path checkpoint() const { return config_.out / CheckpointName(); }
  void StartOver() const { fs::remove(checkpoint()); }

  const PhotoFolder photos_{"photo_training", kPhotos};
  PhotoFrames frames_{photos_.manifest(), SmallFrames()};
  NetworkConfig config_;
  TrainingSchedule schedule_;
};

TEST_F(PhotoTrainingTest, StoppedAfterAnyStepItEndsAsIfItWereNot) {
  schedule_.fits = 2;
  schedule_.new_optimizer = true;
  config_.epochs = 2;
  config_.warm_up = 1.5;
  const auto script = [](int64_t stop_after) {
    Script made;
    made.loss = [](int64_t step) { return 1 / static_cast<double>(3 + step * step % 7); };
    made.validation = [](int64_t epoch) { return 1 / static_cast<double>(2 + epoch * 5 % 3); };
    made.stop_after = stop_after;
    return made;
  };
  Script whole = script(-1);
  const Ended expected = Train(whole);
  ASSERT_EQ(whole.rates.size(), static_cast<size_t>(4 * kSteps));
  for (int64_t k = 1; k < 4 * kSteps; ++k) {
    StartOver();
    Script stopped = script(k);
    try {
      Train(stopped);
      FAIL() << "was not stopped after step " << k;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInterrupted);
    }
    EXPECT_EQ(stopped.rates.size(), static_cast<size_t>(k)) << "stops at once";
    ClearStop();
    EXPECT_EQ(Train(stopped), expected) << "after step " << k;
    EXPECT_EQ(stopped.rates, whole.rates) << "every step once, after step " << k;
  }
}

// After the last checkpoint all is done, and the same call gives the result.
TEST_F(PhotoTrainingTest, AFinishedTrainingTakesNoStep) {
  Script script;
  const Ended first = Train(script);
  script.before_step = [] { FAIL(); };
  EXPECT_EQ(Train(script), first);
}

TEST_F(PhotoTrainingTest, RatesFollowTheScheduleOfEachFitAndTheWarmUp) {
  schedule_.fits = 2;
  config_.scheduler = Schedule::kExp;
  config_.decay = 0.5;
  Script plain;
  Train(plain);
  std::vector<double> expected;
  for (int64_t epoch = 0; epoch < 6; ++epoch)
    expected.insert(expected.end(), kSteps, 0.01 * std::exp(-0.5 * static_cast<double>(epoch % 3)));
  EXPECT_THAT(plain.rates, Pointwise(DoubleEq(), expected));
  StartOver();
  config_.warm_up = 1.5;  // 4.5 steps
  Script warm;
  Train(warm);
  for (size_t i = 0; i < 4; ++i) expected[i] *= static_cast<double>(i + 1) / 4.5;
  EXPECT_THAT(warm.rates, Pointwise(DoubleEq(), expected));
}

TEST_F(PhotoTrainingTest, TheFirstOfTheBestEpochsIsKept) {
  config_.epochs = 5;
  std::vector<float> after_two;
  Script script;
  script.validation = [](int64_t epoch) {
    return std::vector<double>{3, 1, 2, 1, 1.5}[static_cast<size_t>(epoch)];
  };
  const Ended whole = Train(script);
  EXPECT_EQ(whole.epoch, 1);
  EXPECT_EQ(whole.loss, 1);
  EXPECT_NE(whole.best[0], whole.state[0]) << "not the last epoch's";
  StartOver();
  script.stop_after = 2 * kSteps + 1;  // in the third epoch
  EXPECT_THROW(Train(script), Error);
  ClearStop();
  const auto kept = weights::ParseSafetensors(ReadFile(checkpoint()), "", true);
  EXPECT_EQ(Under("best/", kept).at(0).values, whole.best);
}

TEST_F(PhotoTrainingTest, MeanLossOfAnEpochIsOverPhotographs) {
  config_.epochs = 1;
  Script script;
  script.loss = [](int64_t step) { return static_cast<double>(1 + step); };
  Train(script);
  FakeLearner learner(script);
  const PhotoTraining training(config_, schedule_, frames_, learner);
  ASSERT_EQ(training.history().size(), 1u);
  EXPECT_DOUBLE_EQ(training.history()[0].train_loss, (4 * 1 + 4 * 2 + 3 * 3) / 11.0);
  EXPECT_EQ(training.history()[0].validation_accuracy, 0.25);
}

TEST_F(PhotoTrainingTest, TheOptimizerIsNewWithEachFitWhereAsked) {
  schedule_.fits = 3;
  config_.epochs = 2;
  Script old;
  Train(old);
  EXPECT_TRUE(old.forgot_after.empty());
  StartOver();
  schedule_.new_optimizer = true;
  Script renewed;
  Train(renewed);
  EXPECT_THAT(renewed.forgot_after, ElementsAre(2 * kSteps, 4 * kSteps));
}

TEST_F(PhotoTrainingTest, DivergenceIsNamedAndTheLastGoodStateStays) {
  const double nan = std::numeric_limits<double>::quiet_NaN(),
               infinity = std::numeric_limits<double>::infinity();
  for (const auto& [bad, message] :
       std::vector<std::pair<double, std::string>>{{nan, "no longer finite"},
                                                   {infinity, "no longer finite"},
                                                   {2e4, "has grown from 1 at first to 2e+04"}}) {
    StartOver();
    std::string good;
    Script script;
    script.loss = [&](int64_t step) {
      if (step == kSteps) good = ReadFile(checkpoint());
      return step == kSteps + 1 ? bad : 1.0;
    };
    EXPECT_THAT(MessageOf(script), AllOf(HasSubstr("epoch 1, step 2"), HasSubstr(message),
                                         HasSubstr("lower --lr (now 0.01)"), HasSubstr("--clip 1"),
                                         HasSubstr("--fresh")));
    EXPECT_EQ(ReadFile(checkpoint()), good);
    script.loss = [](int64_t) { return 1.0; };
    Script whole;
    const Ended resumed = Train(script);
    StartOver();
    EXPECT_EQ(resumed, Train(whole));
  }
}

TEST_F(PhotoTrainingTest, ALearnerThatGivesUpIsDivergenceToo) {
  Script script;
  int step = 0;
  script.before_step = [&] {
    if (++step == kSteps + 2) throw InputError("outputs are not finite");
  };
  EXPECT_THAT(MessageOf(script),
              AllOf(HasSubstr("epoch 1, step 2"), HasSubstr("outputs are not finite"),
                    HasSubstr("lower --lr")));
}

TEST_F(PhotoTrainingTest, TheAdviceKnowsWhatWasGiven) {
  config_.clip = 1;
  config_.warm_up = 1;
  Script script;
  script.loss = [](int64_t) { return NAN; };
  EXPECT_THAT(MessageOf(script),
              HasSubstr("lower --lr (now 0.01), or give a smaller --clip, with"));
}

TEST_F(PhotoTrainingTest, DivergenceInTheFirstEpochLeavesNoCheckpoint) {
  Script script;
  script.loss = [](int64_t) { return NAN; };
  EXPECT_THAT(MessageOf(script), HasSubstr("epoch 0, step 1"));
  EXPECT_FALSE(fs::exists(checkpoint()));
}

TEST_F(PhotoTrainingTest, ADivergedTrainingLeavesTheBundleOfItsBestEpoch) {
  Script script;
  script.validation = [](int64_t epoch) { return epoch == 0 ? 1.0 : 2.0; };
  TrainingFolder folder(config_.out, false);
  folder.Begin("key");
  std::vector<int64_t> saved;
  const auto train = [&] {
    RunRecord record("command", "settings");
    FakeLearner learner(script);
    PhotoTraining training(config_, schedule_, frames_, learner);
    TrainToBundle(
        folder, training, [&](const BestResult& best) { saved.push_back(best.epoch); }, record);
  };
  script.loss = [](int64_t step) { return step < 2 * kSteps ? 1.0 : NAN; };
  try {
    train();
    FAIL();
  } catch (const DivergedError& error) {
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr("epoch 2, step 1"), HasSubstr(PathText(folder.bundle())),
                      HasSubstr("the best epoch before, 0")));
  }
  EXPECT_THAT(saved, ElementsAre(0));
  EXPECT_FALSE(fs::exists(config_.out / "done.txt")) << "the training is not done";
  EXPECT_EQ(ParseHistory(ReadFile(config_.out / "history.csv"), "").size(), 2u);
  EXPECT_THAT(ReadFile(config_.out / "run.yaml"), HasSubstr("diverged: "));
  EXPECT_TRUE(fs::exists(checkpoint()));
  StartOver();
  script.loss = [](int64_t step) { return step < 1 ? 1.0 : NAN; };
  EXPECT_THROW(train(), DivergedError);
  EXPECT_EQ(saved.size(), 1u) << "there was no epoch";
  script.loss = [](int64_t) { return 1.0; };
  train();
  EXPECT_THAT(saved, ElementsAre(0, 0));
  EXPECT_TRUE(fs::exists(config_.out / "done.txt"));
}

TEST_F(PhotoTrainingTest, ValidationThatIsNotFiniteIsDivergence) {
  Script script;
  script.validation = [](int64_t epoch) { return epoch == 1 ? NAN : 1.0; };
  EXPECT_THAT(MessageOf(script), AllOf(HasSubstr("after epoch 1: "), HasSubstr("validation"),
                                       HasSubstr("lower --lr")));
}

// A student that was good already may begin with a batch that it knows by heart.
TEST_F(PhotoTrainingTest, AHardBatchAfterAnEasyOneIsNoExplosion) {
  Script script;
  script.loss = [](int64_t step) { return step == 0 ? 0.0 : 2.0; };
  EXPECT_EQ(MessageOf(script), "no error");
}

TEST_F(PhotoTrainingTest, ACheckpointOfOtherSettingsIsRefused) {
  Script script;
  Train(script);
  schedule_.key = "other";
  EXPECT_THAT(MessageOf(script),
              AllOf(HasSubstr(PathText(checkpoint())), HasSubstr("other settings"),
                    HasSubstr("--fresh"), HasSubstr("--out")));
}

TEST_F(PhotoTrainingTest, ADamagedCheckpointIsNamed) {
  Script script;
  Train(script);
  const std::string bytes = ReadFile(checkpoint());
  for (size_t size = 0; size < bytes.size(); size += 1 + bytes.size() / 40) {
    PublishBytes(checkpoint(), bytes.substr(0, size));
    EXPECT_THAT(MessageOf(script), AllOf(HasSubstr(PathText(checkpoint())), HasSubstr("--fresh")))
        << size << " bytes";
  }
}

TEST_F(PhotoTrainingTest, ABrokenPhotographIsNotTheLossesFault) {
  PhotoFrames frames(photos_.manifest(), SmallFrames(0));
  Script script;
  FakeLearner learner(script);
  PhotoTraining training(config_, schedule_, frames, learner);
  photos_.Rewrite(2, 99);
  try {
    training.Run();
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("p002"), testing::Not(HasSubstr("--lr"))));
  }
}

TEST(TensorPrefixes, AppendAndUnderAreInverse) {
  const std::vector<weights::Tensor> tensors = {{"a/b", "", weights::Dtype::kFloat32, {1}, {1}},
                                                {"c", "", weights::Dtype::kFloat32, {1}, {2}}};
  std::vector<weights::Tensor> all = {{"other", "", weights::Dtype::kFloat32, {1}, {3}}};
  Append(tensors, "p/", all);
  ASSERT_EQ(all.size(), 3u);
  const std::vector<weights::Tensor> found = Under("p/", all);
  ASSERT_EQ(found.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(found[i].name, tensors[i].name);
    EXPECT_EQ(found[i].values, tensors[i].values);
  }
}

}  // namespace
}  // namespace kallos::train
