// One training on photographs: epochs, checkpoints, the best that was found.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/core/progress.h"
#include "lib/model/calibration.h"
#include "lib/weights/tensor_file.h"
#include "train/network/network_config.h"
#include "train/network/photo_batches.h"
#include "train/training.h"

namespace kallos::train {

// What learns from the batches.
class Learner {
 public:
  virtual ~Learner() = default;
  // One step on the batch; the loss before it. Throws InputError where numbers are no longer
  // finite.
  virtual double Step(const PhotoBatch& batch, double learning_rate) = 0;
  virtual void ForgetMoments() = 0;  // the optimiser is new
  // On the validation photographs, of what result() gives.
  virtual model::Quality Validate() = 0;
  virtual std::string accuracy_name() const = 0;  // what Quality::accuracy is, in words
  virtual std::string rate_flags() const = 0;  // "--lr (now 0.003)": what to lower when it diverges
  virtual std::vector<weights::Tensor> result() const = 0;  // what is kept of the best epoch
  virtual std::vector<weights::Tensor> state() const = 0;   // all that the next steps depend on
  virtual void set_state(const std::vector<weights::Tensor>& state, const std::string& origin) = 0;
};

// The loss is no longer finite, or has grown ten thousandfold. The last checkpoint stays.
class DivergedError : public Error {
 public:
  explicit DivergedError(const std::string& message) : Error(ErrorKind::kInput, message) {}
};

struct TrainingSchedule {
  EpochPlan plan;
  int64_t fits = 1;  // each of config.epochs epochs, with the learning rates from their beginning
  bool new_optimizer = false;  // at the beginning of each fit
  std::string key;             // SHA-256 of everything that decides the result, for resuming
  uint64_t seed = 0;
};

struct BestResult {
  std::vector<weights::Tensor> tensors;
  double loss = INFINITY;
  double accuracy = 0;
  int64_t epoch = -1;
};

// From the checkpoint in config.out, if there is one, to the last epoch. A checkpoint is written
// after each epoch, every minute, and at a stop; going on from one gives the same bytes.
class PhotoTraining {
 public:
  // Keeps references to all. Throws InputError when the checkpoint is damaged or of another
  // schedule.key.
  PhotoTraining(const NetworkConfig& config, TrainingSchedule schedule, PhotoFrames& frames,
                Learner& learner);

  // Throws DivergedError.
  void Run();

  const BestResult& best() const { return best_; }
  std::string accuracy_name() const { return learner_.accuracy_name(); }
  const std::vector<EpochRow>& history() const { return history_; }
  double seconds() const { return seconds_; }        // of all steps of this process, data included
  double seconds_waited() const { return waited_; }  // of these, for photographs
  int64_t photographs() const { return photographs_; }  // that the steps of this process saw

 private:
  void RunEpoch(PhotoBatches& batches, int64_t steps, Progress& progress);
  double Step(const PhotoBatch& batch);
  double Rate() const;
  void EndEpoch();
  void Save() const;
  void Resume();
  std::string Place() const;
  [[noreturn]] void ThrowDiverged(const std::string& what) const;

  const NetworkConfig& config_;
  TrainingSchedule schedule_;
  PhotoFrames& frames_;
  Learner& learner_;
  std::filesystem::path checkpoint_;
  std::vector<double> rates_;  // by epoch within a fit
  double warm_up_steps_ = 0;
  // Where the training is: steps of the epoch after history_ that were taken.
  int64_t step_ = 0;
  int64_t total_steps_ = 0;
  double loss_sum_ = 0;
  int64_t rows_ = 0;
  double first_loss_ = NAN;
  std::vector<EpochRow> history_;
  BestResult best_;
  double seconds_ = 0, waited_ = 0;
  int64_t photographs_ = 0;
};

// Tensors of several owners in one list, by what their names begin with.
void Append(std::vector<weights::Tensor> tensors, const std::string& prefix,
            std::vector<weights::Tensor>& all);
std::vector<weights::Tensor> Under(const std::string& prefix,
                                   const std::vector<weights::Tensor>& all);

}  // namespace kallos::train
