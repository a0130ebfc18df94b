#include "train/network/verdict_training.h"

#include <algorithm>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/log.h"
#include "train/head_data.h"
#include "train/network/feature_loss.h"
#include "train/network/network_bundle.h"
#include "train/network/network_pictures.h"
#include "train/network/network_run.h"
#include "train/network/schedule_of_photographs.h"
#include "train/trainer.h"

namespace kallos::train {
namespace {

using weights::Tensor;

constexpr const char* kNetwork = "network/";
constexpr const char* kHead = "head/";
constexpr const char* kTrainer = "trainer/";
constexpr const char* kAverage = "head_average/";
constexpr const char* kLogits = "validation_logits";

std::vector<int> LabelsOf(const store::Manifest& photographs) {
  std::vector<int> labels;
  for (const store::ManifestRow& row : photographs.rows) labels.push_back(row.label.value());
  return labels;
}

nn::TrainingOptions OptionsOf(const VerdictTask& task, const NetworkConfig& config) {
  nn::TrainingOptions options;
  options.network = task.network.backbone;
  options.taps = task.network.taps;
  options.outputs = task.network.outputs;
  options.freeze = task.settings.freeze;
  options.scaling = task.network.scaling;
  options.device = ResolveDevice(config.device);
  options.precision = config.precision;
  options.optimizer = OptimizerOf(config);
  for (const std::string& rate : task.settings.rates)
    options.optimizer.rates.push_back(*ParseRate(rate));
  return options;
}

nn::TrainableNetwork NetworkOf(const VerdictTask& task, const NetworkConfig& config,
                               uint64_t seed) {
  nn::TrainableNetwork network(OptionsOf(task, config));
  if (task.weights.empty()) {
    network.Initialize(seed);
  } else if (task.weights_without_top) {
    network.LoadBody(weights::ReadTensorFile(task.weights), seed);
  } else {
    network.Load(weights::ReadTensorFile(task.weights));
  }
  KALLOS_CHECK(static_cast<size_t>(network.outputs()) == task.head[0].kernel.rows());
  return network;
}

// A step of an exponential moving average: average <- average + share (value - average).
void MoveAverage(float share, const std::vector<float>& value, std::vector<float>& average) {
  for (size_t i = 0; i < average.size(); ++i) average[i] += share * (value[i] - average[i]);
}

// The same for all parameters and statistics of a head.
void MoveAverage(float share, const model::Head& head, model::Head& average) {
  for (size_t k = 0; k < head.size(); ++k) {
    const model::HeadLayer& from = head[k];
    model::HeadLayer& to = average[k];
    for (size_t i = 0; i < to.kernel.rows() * to.kernel.columns(); ++i)
      to.kernel.data()[i] += share * (from.kernel.data()[i] - to.kernel.data()[i]);
    MoveAverage(share, from.bias, to.bias);
    MoveAverage(share, from.gamma, to.gamma);
    MoveAverage(share, from.beta, to.beta);
    MoveAverage(share, from.mean, to.mean);
    MoveAverage(share, from.variance, to.variance);
  }
}

class VerdictLearner : public Learner {
 public:
  VerdictLearner(const VerdictTask& task, const NetworkConfig& config, nn::TrainableNetwork network,
                 PhotoFrames& frames, uint64_t seed)
      : task_(task),
        config_(config),
        frames_(frames),
        seed_(seed),
        labels_(LabelsOf(task.photographs)),
        class_weights_(ClassWeights(task.settings.balance, labels_, task.split.train_rows)),
        network_(std::move(network)),
        trainer_(task.head, {.dropout = task.dropout, .seed = seed}),
        average_(task.head) {}

  double Step(const PhotoBatch& batch, double learning_rate) override {
    double loss = 0;
    const double head_rate =
        task_.settings.head_lr.value_or(config_.lr) * learning_rate / config_.lr;
    network_.Step(batch.pictures, learning_rate, seed_,
                  [&](MatrixView<const float> numbers, MatrixView<float> gradient) {
                    loss = StepOfHead(batch.rows, numbers, head_rate, gradient);
                  });
    if (averaged()) MoveAverage(AverageShare(), trainer_.head(), average_);
    return loss;
  }

  void ForgetMoments() override {
    network_.ForgetMoments();
    trainer_.StartFit(model::Head(trainer_.head()));
  }

  model::Quality Validate() override {
    const Matrix<float> numbers = InferRows(
        frames_, task_.split.validation_rows,
        [&](std::span<const PictureF> pictures) { return network_.Infer(pictures, averaged()); });
    logits_ = model::HeadOutputs(head(), numbers.View());
    return model::Measure(logits_, ValidationLabels());
  }
  std::string accuracy_name() const override { return "accuracy"; }
  std::string rate_flags() const override {
    const std::optional<double> of_head = task_.settings.head_lr;
    return fmt::format("--lr (now {})", config_.lr) +
           (of_head ? fmt::format(" or --head-lr (now {})", *of_head) : "");
  }

  std::vector<Tensor> result() const override {
    std::vector<Tensor> all;
    Append(averaged() ? network_.average() : network_.parameters(), kNetwork, all);
    Append(model::HeadTensors(head()), kHead, all);
    all.push_back({kLogits,
                   "",
                   weights::Dtype::kFloat32,
                   {static_cast<int64_t>(logits_.rows()), 2},
                   std::vector<float>(logits_.data(), logits_.data() + 2 * logits_.rows())});
    return all;
  }

  std::vector<Tensor> state() const override {
    std::vector<Tensor> all;
    Append(network_.state(), kNetwork, all);
    Append(trainer_.State(), kTrainer, all);
    Append(model::HeadTensors(average_), kAverage, all);
    return all;
  }

  void set_state(const std::vector<Tensor>& state, const std::string& origin) override {
    network_.set_state(Under(kNetwork, state), origin);
    trainer_.Restore(Under(kTrainer, state), origin);
    average_ = model::HeadFromTensors(Under(kAverage, state), origin);
  }

  std::vector<int> ValidationLabels() const {
    std::vector<int> labels;
    for (const size_t row : task_.split.validation_rows) labels.push_back(labels_[row]);
    return labels;
  }

 private:
  bool averaged() const { return config_.average > 0; }
  const model::Head& head() const { return averaged() ? average_ : trainer_.head(); }
  // As that of the network's average; see nn::OptimizerOptions.
  float AverageShare() const {
    return static_cast<float>(
        std::max(1 - config_.average, 9 / (10 + static_cast<double>(network_.steps()))));
  }

  // The head's own step; turns the numbers of the batch into the loss's gradient by them.
  double StepOfHead(const std::vector<size_t>& rows, MatrixView<const float> numbers, double rate,
                    MatrixView<float> gradient) {
    Matrix<float> inputs(numbers.rows, numbers.columns), by_input;
    std::copy_n(numbers.data, numbers.rows * numbers.columns, inputs.data());
    double loss = trainer_.StepOn(
        std::move(inputs),
        [&](Matrix<float>& logits) { return ToGradient(task_.loss, TargetsOf(rows), logits); },
        rate, &by_input);
    std::copy_n(by_input.data(), numbers.rows * numbers.columns, gradient.data);
    if (task_.hint_weight == 0) return loss;
    const Matrix<float> hints = RowsOf(task_.hints, rows);
    const LossAndGradient hint = Compare(FeatureLoss::kMse, numbers, hints.View());
    for (size_t i = 0; i < numbers.rows * numbers.columns; ++i)
      gradient.data[i] += static_cast<float>(task_.hint_weight) * hint.gradient.data()[i];
    return loss + task_.hint_weight * hint.loss;
  }

  std::vector<VerdictTarget> TargetsOf(const std::vector<size_t>& rows) const {
    std::vector<VerdictTarget> targets;
    for (const size_t row : rows) {
      VerdictTarget target{labels_[row], class_weights_[labels_[row]], {}};
      if (task_.loss.soft_weight > 0) {
        for (size_t c = 0; c < std::size(target.teacher_logits); ++c)
          target.teacher_logits[c] = task_.teacher_logits(row, c);
      }
      targets.push_back(target);
    }
    return targets;
  }

  const VerdictTask& task_;
  const NetworkConfig& config_;
  PhotoFrames& frames_;
  uint64_t seed_;
  std::vector<int> labels_;
  std::vector<float> class_weights_;
  nn::TrainableNetwork network_;
  Trainer trainer_;
  model::Head average_;
  Matrix<float> logits_;  // of the last validation
};

std::vector<bool> GoodOnes(const std::vector<int>& labels) {
  std::vector<bool> good;
  for (const int label : labels) good.push_back(label == 1);
  return good;
}

TrainingSchedule ScheduleOf(const VerdictTask& task, const NetworkConfig& config, uint64_t seed) {
  const std::vector<int> labels = LabelsOf(task.photographs);
  const EpochOrder order = [labels, seed, balance = task.settings.balance](
                               int64_t epoch, const std::vector<size_t>& rows) {
    return EpochRows(balance, labels, rows, seed, epoch);
  };
  return ScheduleOf(config, task.pool, task.split.train_rows, GoodOnes(labels), seed, task.key,
                    order);
}

model::Bundle BundleOf(const BestResult& best, const std::vector<int>& labels) {
  model::Bundle bundle;
  bundle.head = model::HeadFromTensors(Under(kHead, best.tensors), "the best epoch");
  Matrix<float> logits(labels.size(), 2);
  const auto kept = std::ranges::find(best.tensors, std::string(kLogits), &Tensor::name);
  KALLOS_CHECK(kept != best.tensors.end() && kept->values.size() == 2 * labels.size());
  std::ranges::copy(kept->values, logits.data());
  bundle.temperature = model::FitTemperature(logits, labels);
  const model::Quality quality = model::Measure(logits, labels, bundle.temperature);
  bundle.validation = {{"n", static_cast<double>(labels.size())},
                       {"accuracy", quality.accuracy},
                       {"log_loss", quality.loss},
                       {"log_loss_uncalibrated", best.loss},
                       {"best_epoch", static_cast<double>(best.epoch)}};
  return bundle;
}

}  // namespace

void TrainVerdicts(const VerdictTask& task, const NetworkConfig& config, uint64_t seed,
                   TrainingFolder& folder, RunRecord& record) {
  RequireLargeEnough(task.network.backbone, config);
  if (!folder.Begin(task.key)) return;
  const std::vector<int> labels = LabelsOf(task.photographs);
  RequireBothClasses(labels, task.split.train_rows, "training");
  RequireBothClasses(labels, task.split.validation_rows, "validation");
  nn::TrainableNetwork network = NetworkOf(task, config, seed);
  PhotoFrames frames(task.photographs, FramesOf(config));
  VerdictLearner learner(task, config, std::move(network), frames, seed);
  folder.Clear();
  PhotoTraining training(config, ScheduleOf(task, config, seed), frames, learner);
  record.AddCount("training_rows", task.split.train_rows.size());
  record.AddCount("validation_rows", task.split.validation_rows.size());
  const auto save = [&](const BestResult& best) {
    SaveNetworkBundle(folder.bundle(), task.network, Under(kNetwork, best.tensors),
                      BundleOf(best, learner.ValidationLabels()));
  };
  TrainToBundle(folder, training, save, record);
}

}  // namespace kallos::train
