#include "train/network/photo_training.h"

#include <chrono>
#include <numeric>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/log.h"
#include "lib/core/stop.h"
#include "lib/core/text.h"
#include "train/checkpoint.h"

namespace kallos::train {
namespace {

using weights::Tensor;

constexpr double kSecondsBetweenCheckpoints = 60;
constexpr double kExplosion = 1e4;  // times the first loss, or 1 where that was smaller
constexpr const char* kState = "state/";
constexpr const char* kBest = "best/";

double Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

void Append(std::vector<Tensor> tensors, const std::string& prefix, std::vector<Tensor>& all) {
  for (Tensor& tensor : tensors) {
    tensor.name = prefix + tensor.name;
    all.push_back(std::move(tensor));
  }
}

std::vector<Tensor> Under(const std::string& prefix, const std::vector<Tensor>& all) {
  std::vector<Tensor> some;
  for (const Tensor& tensor : all) {
    if (!tensor.name.starts_with(prefix)) continue;
    some.push_back(tensor);
    some.back().name = tensor.name.substr(prefix.size());
  }
  return some;
}

PhotoTraining::PhotoTraining(const NetworkConfig& config, TrainingSchedule schedule,
                             PhotoFrames& frames, Learner& learner)
    : config_(config),
      schedule_(std::move(schedule)),
      frames_(frames),
      learner_(learner),
      checkpoint_(config.out / CheckpointName()),
      rates_(LearningRates(config.scheduler, config.lr, config.decay.value_or(kPublishedDecay),
                           config.epochs)),
      warm_up_steps_(config.warm_up * schedule_.plan(0).size()) {
  Resume();
}

void PhotoTraining::Run() {
  const int64_t epochs = schedule_.fits * config_.epochs;
  const auto done = history_.size();
  BatchSettings settings;
  settings.batch = config_.batch;
  settings.augmentation = AugmentationOf(config_);
  settings.seed = schedule_.seed;
  settings.first_epoch = done;
  settings.first_step = step_;
  settings.end_epoch = epochs;
  PhotoBatches batches(frames_, schedule_.plan, settings);
  std::vector<int64_t> steps;
  for (int64_t epoch = 0; epoch < epochs; ++epoch) steps.push_back(schedule_.plan(epoch).size());
  Progress progress("train", "steps", std::accumulate(steps.begin(), steps.end(), int64_t{0}),
                    total_steps_);
  try {
    for (int64_t epoch = done; epoch < epochs; ++epoch) RunEpoch(batches, steps[epoch], progress);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kInterrupted) Save();
    throw;
  }
  waited_ = batches.waited();
}

void PhotoTraining::RunEpoch(PhotoBatches& batches, int64_t steps, Progress& progress) {
  const auto epoch = static_cast<int64_t>(history_.size());
  if (step_ == 0 && epoch > 0 && epoch % config_.epochs == 0 && schedule_.new_optimizer)
    learner_.ForgetMoments();
  double saved = Now();
  while (step_ < steps) {
    const double start = Now();
    const std::optional<PhotoBatch> batch = batches.Next();
    KALLOS_CHECK(batch && batch->epoch == epoch && batch->step == step_);
    const auto count = static_cast<int64_t>(batch->rows.size());
    const double loss = Step(*batch);
    seconds_ += Now() - start;
    photographs_ += count;
    if (std::isnan(first_loss_)) first_loss_ = loss;
    if (!std::isfinite(loss)) ThrowDiverged(Place() + ": the loss is no longer finite");
    if (loss > kExplosion * std::max(first_loss_, 1.0))
      ThrowDiverged(fmt::format("{}: the loss has grown from {:.3g} at first to {:.3g}", Place(),
                                first_loss_, loss));
    ++step_, ++total_steps_;
    rows_ += count;
    loss_sum_ += loss * count;
    progress.Add(1, fmt::format("epoch {}  loss {:.4f}", epoch, loss_sum_ / rows_));
    if (Now() - saved < kSecondsBetweenCheckpoints || step_ == steps) continue;
    Save();
    saved = Now();
  }
  EndEpoch();
}

double PhotoTraining::Step(const PhotoBatch& batch) {
  try {
    return learner_.Step(batch, Rate());
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kInput)
      ThrowDiverged(fmt::format("{}: {}", Place(), error.what()));
    throw;
  }
}

double PhotoTraining::Rate() const {
  const double rate = rates_[history_.size() % rates_.size()];
  const auto next = static_cast<double>(total_steps_ + 1);
  return next < warm_up_steps_ ? rate * next / warm_up_steps_ : rate;
}

void PhotoTraining::EndEpoch() {
  const auto epoch = static_cast<int64_t>(history_.size());
  const model::Quality quality = learner_.Validate();
  if (!std::isfinite(quality.loss))
    ThrowDiverged(fmt::format(
        "after epoch {}: the loss on the validation photographs is no longer finite", epoch));
  const auto in_fit = static_cast<size_t>(epoch % config_.epochs);
  history_.push_back({epoch, epoch / config_.epochs, rates_[in_fit], loss_sum_ / rows_,
                      quality.loss, quality.accuracy});
  LogInfo("epoch {}: loss {:.4f}, validation loss {:.4f}, {} {:.2f}%", epoch,
          history_.back().train_loss, quality.loss, learner_.accuracy_name(),
          100 * quality.accuracy);
  if (quality.loss < best_.loss) best_ = {learner_.result(), quality.loss, quality.accuracy, epoch};
  step_ = 0;
  loss_sum_ = 0;
  rows_ = 0;
  Save();
}

std::string PhotoTraining::Place() const {
  return fmt::format("epoch {}, step {}", history_.size(), step_ + 1);
}

void PhotoTraining::ThrowDiverged(const std::string& what) const {
  throw DivergedError(fmt::format("{}; lower {}, or give {}{}, with --fresh", what,
                                  learner_.rate_flags(),
                                  config_.clip > 0 ? "a smaller --clip" : "--clip 1",
                                  config_.warm_up > 0 ? "" : " or --warm-up 1"));
}

void PhotoTraining::Save() const {
  std::vector<Tensor> tensors;
  Append(learner_.state(), kState, tensors);
  Append(best_.tensors, kBest, tensors);
  WriteCheckpoint(checkpoint_, schedule_.key,
                  {std::move(tensors),
                   {{"history", FormatHistory(history_)},
                    {"step", std::to_string(step_)},
                    {"total_steps", std::to_string(total_steps_)},
                    {"rows", std::to_string(rows_)},
                    {"loss_sum", FormatDouble(loss_sum_)},
                    {"first_loss", FormatDouble(first_loss_)}}});
}

void PhotoTraining::Resume() {
  const std::optional<TrainingState> state = ReadCheckpoint(checkpoint_, schedule_.key);
  if (!state) return;
  const std::string file = PathText(checkpoint_);
  const auto number = [&](const char* name) { return ParseDouble(state->notes.at(name)).value(); };
  const auto count = [&](const char* name) { return ParseInt(state->notes.at(name)).value(); };
  history_ = ParseHistory(state->notes.at("history"), file);
  step_ = count("step");
  total_steps_ = count("total_steps");
  rows_ = count("rows");
  loss_sum_ = number("loss_sum");
  first_loss_ = number("first_loss");
  for (const EpochRow& row : history_) {
    if (row.validation_loss < best_.loss)
      best_ = {{}, row.validation_loss, row.validation_accuracy, row.epoch};
  }
  best_.tensors = Under(kBest, state->tensors);
  learner_.set_state(Under(kState, state->tensors), file);
  LogInfo("going on after {} epochs and {} steps of {}", history_.size(), step_, file);
}

}  // namespace kallos::train
