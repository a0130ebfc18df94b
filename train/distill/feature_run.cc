#include "train/distill/feature_run.h"

#include <algorithm>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/log.h"
#include "lib/nn/architecture.h"
#include "lib/nn/training/trainable_network.h"
#include "train/distill/teacher.h"
#include "train/head_data.h"
#include "train/network/network_bundle.h"
#include "train/network/network_pictures.h"
#include "train/network/network_run.h"
#include "train/network/photo_training.h"
#include "train/network/schedule_of_photographs.h"

namespace kallos::train {
namespace {

using weights::Tensor;

nn::TrainingOptions OptionsOf(const FeatureConfig& config, size_t outputs) {
  nn::TrainingOptions options;
  options.network = config.student;
  options.outputs = outputs;
  options.dropout = config.dropout;
  options.device = ResolveDevice(config.network.device);
  options.precision = config.network.precision;
  options.optimizer = OptimizerOf(config.network);
  return options;
}

nn::TrainableNetwork NetworkOf(const FeatureConfig& config, size_t outputs, uint64_t seed) {
  nn::TrainableNetwork network(OptionsOf(config, outputs));
  if (config.initial) {
    network.LoadBody(weights::ReadTensorFile(*config.initial), seed);
  } else {
    network.Initialize(seed);
  }
  return network;
}

// What the student learns to give: the teacher's numbers, standardised where the loss is of those.
struct Targets {
  Matrix<float> values;
  ColumnScale scale;
};

Targets TargetsOf(const FeatureConfig& config, const Teaching& teaching) {
  Targets targets{teaching.targets, ScaleOf(teaching.targets, teaching.train_rows)};
  if (config.loss != FeatureLoss::kStandardizedMse) return targets;
  for (size_t i = 0; i < targets.values.rows(); ++i) {
    for (size_t j = 0; j < targets.values.columns(); ++j)
      targets.values(i, j) = (targets.values(i, j) - targets.scale.mean[j]) / targets.scale.sd[j];
  }
  return targets;
}

// A network that learns the teacher's numbers. Its verdicts are those of the teacher's head on what
// it gives.
class FeatureLearner : public Learner {
 public:
  FeatureLearner(const FeatureConfig& config, const Teaching& teaching,
                 nn::TrainableNetwork network, PhotoFrames& frames, uint64_t seed)
      : config_(config),
        teaching_(teaching),
        frames_(frames),
        seed_(seed),
        targets_(TargetsOf(config, teaching)),
        network_(std::move(network)) {}

  double Step(const PhotoBatch& batch, double learning_rate) override {
    const Matrix<float> targets = RowsOf(targets_.values, batch.rows);
    double loss = 0;
    network_.Step(batch.pictures, learning_rate, seed_,
                  [&](MatrixView<const float> outputs, MatrixView<float> gradient) {
                    const LossAndGradient found = Compare(config_.loss, outputs, targets.View());
                    loss = found.loss;
                    std::copy_n(found.gradient.data(), outputs.rows * outputs.columns,
                                gradient.data);
                  });
    return loss;
  }

  void ForgetMoments() override { network_.ForgetMoments(); }

  // Loss of the features; accuracy: share of verdicts that are the teacher's.
  model::Quality Validate() override {
    Matrix<float> outputs = Outputs(teaching_.validation_rows);
    const Matrix<float> targets = RowsOf(targets_.values, teaching_.validation_rows);
    const double loss = Compare(config_.loss, std::as_const(outputs).View(), targets.View()).loss;
    if (config_.loss == FeatureLoss::kCosine) FitLength(outputs, targets);
    const auto [factor, shift] = ScaleToTeacher();
    for (size_t i = 0; i < outputs.rows(); ++i) {
      for (size_t j = 0; j < outputs.columns(); ++j)
        outputs(i, j) = outputs(i, j) * factor[j] + shift[j];
    }
    const Matrix<float> logits =
        model::HeadOutputs(teaching_.teacher.head, std::as_const(outputs).View());
    size_t same = 0;
    for (size_t i = 0; i < logits.rows(); ++i) {
      const size_t row = teaching_.validation_rows[i];
      same += (logits(i, 1) > logits(i, 0)) == (teaching_.logits(row, 1) > teaching_.logits(row, 0))
                  ? 1
                  : 0;
    }
    return {loss, same / static_cast<double>(logits.rows())};
  }
  std::string accuracy_name() const override { return "verdicts as the teacher's"; }
  std::string rate_flags() const override {
    return fmt::format("--lr (now {})", config_.network.lr);
  }

  std::vector<Tensor> result() const override {
    std::vector<Tensor> parameters = averaged() ? network_.average() : network_.parameters();
    const auto [factor, shift] = ScaleToTeacher();
    ScaleOutputs(config_.student, factor, shift, parameters);
    return parameters;
  }

  std::vector<Tensor> state() const override { return network_.state(); }
  void set_state(const std::vector<Tensor>& state, const std::string& origin) override {
    network_.set_state(state, origin);
  }

 private:
  bool averaged() const { return config_.network.average > 0; }

  Matrix<float> Outputs(const std::vector<size_t>& rows) const {
    return InferRows(frames_, rows, [&](std::span<const PictureF> pictures) {
      return network_.Infer(pictures, averaged());
    });
  }

  // Least squares of length * outputs against the targets.
  void FitLength(const Matrix<float>& outputs, const Matrix<float>& targets) {
    double across = 0, own = 0;
    for (size_t i = 0; i < outputs.rows() * outputs.columns(); ++i) {
      across += double{outputs.data()[i]} * targets.data()[i];
      own += double{outputs.data()[i]} * outputs.data()[i];
    }
    length_ = own > 0 ? static_cast<float>(across / own) : 1;
  }

  // What turns the network's outputs into the teacher's numbers.
  std::pair<std::vector<float>, std::vector<float>> ScaleToTeacher() const {
    const size_t columns = targets_.values.columns();
    if (config_.loss == FeatureLoss::kStandardizedMse)
      return {targets_.scale.sd, targets_.scale.mean};
    std::vector<float> factor(columns, 1), shift(columns, 0);
    if (config_.loss == FeatureLoss::kCosine) std::ranges::fill(factor, length_);
    return {factor, shift};
  }

  const FeatureConfig& config_;
  const Teaching& teaching_;
  PhotoFrames& frames_;
  uint64_t seed_;
  Targets targets_;
  nn::TrainableNetwork network_;
  float length_ = 1;  // of the cosine, whose outputs have none of their own
};

std::string KeyOf(FeatureConfig config, const Teaching& teaching, uint64_t seed) {
  config.dropout = config.dropout.value_or(nn::FindArchitecture(config.student, 1).dropout);
  const std::string initial =
      config.initial ? weights::ReadTensorIndex(*config.initial).sha256 : "";
  return Sha256Hex(fmt::format(
      "{}|{}|{}|{}", DecidingSettings(config, {"teacher", "features", "manifest", "initial"}), seed,
      teaching.content_hash, initial));
}

std::vector<bool> GoodOnes(const store::Manifest& photographs) {
  std::vector<bool> good;
  for (const store::ManifestRow& row : photographs.rows) good.push_back(row.label == 1);
  return good;
}

model::ExtractorSpec StudentOf(const FeatureConfig& config, const Teaching& teaching) {
  model::ExtractorSpec spec;
  spec.backbone = config.student;
  spec.taps = nn::Taps::kOutputs;
  spec.outputs = teaching.targets.columns();
  spec.resize = image::ParseResizeRule(config.network.resize);
  spec.apply_orientation = config.network.exif;
  spec.device = config.network.device;
  return spec;
}

// The temperature of the student's own verdicts needs labels; without them it stays the teacher's.
model::Bundle BundleOf(const Teaching& teaching, const BestResult& best) {
  model::Bundle bundle;
  bundle.head = teaching.teacher.head;
  bundle.temperature = teaching.teacher.temperature;
  bundle.validation = {{"n", static_cast<double>(teaching.validation_rows.size())},
                       {"feature_loss", best.loss},
                       {"agreement_with_teacher", best.accuracy},
                       {"best_epoch", static_cast<double>(best.epoch)}};
  return bundle;
}

}  // namespace

void RunFeatures(const FeatureConfig& config, RunContext& context) {
  TrainingFolder folder(config.network.out, config.network.fresh);
  const Teaching teaching = AskTeacher(
      {config.teacher, config.features, config.manifest, config.network.inner_validation, false},
      context.seed);
  const std::vector<bool> good = GoodOnes(teaching.photographs);
  if (config.pool.repeat_good > 1 &&
      std::ranges::none_of(teaching.train_rows, [&](size_t row) { return good[row]; }))
    throw UsageError("--repeat-good {}: no training photograph has the label good",
                     config.pool.repeat_good);
  const TrainingSchedule schedule =
      ScheduleOf(config.network, config.pool, teaching.train_rows, good, context.seed,
                 KeyOf(config, teaching, context.seed));
  RequireLargeEnough(config.student, config.network);
  if (!folder.Begin(schedule.key)) return;
  nn::TrainableNetwork network = NetworkOf(config, teaching.targets.columns(), context.seed);
  PhotoFrames frames(teaching.photographs, FramesOf(config.network));
  FeatureLearner learner(config, teaching, std::move(network), frames, context.seed);
  folder.Clear();
  PhotoTraining training(config.network, schedule, frames, learner);
  context.record.AddInput(PathText(config.teacher), Sha256OfFile(config.teacher / "bundle.yaml"));
  for (const model::BundlePart& part : teaching.teacher.parts)
    context.record.AddInput(part.extractor, part.fingerprint);
  context.record.AddCount("training_rows", static_cast<int64_t>(teaching.train_rows.size()));
  context.record.AddCount("validation_rows", static_cast<int64_t>(teaching.validation_rows.size()));
  context.record.AddCount("targets", teaching.targets.columns());
  const auto save = [&](const BestResult& best) {
    SaveNetworkBundle(folder.bundle(), StudentOf(config, teaching), best.tensors,
                      BundleOf(teaching, best));
  };
  TrainToBundle(folder, training, save, context.record);
}

}  // namespace kallos::train
