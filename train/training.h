// One training of a head: epochs, best head, checkpoint after every epoch.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "lib/model/calibration.h"
#include "train/head_data.h"
#include "train/trainer.h"

namespace kallos::train {

struct EpochRow {
  int64_t epoch = 0;  // counted over all fits
  int64_t fit = 0;
  double lr = 0;
  double train_loss = 0;  // mean over the batches, with class weights and dropout
  double validation_loss = 0;
  double validation_accuracy = 0;  // 0 to 1
};

// history.csv, and back.
std::string FormatHistory(const std::vector<EpochRow>& history);
std::vector<EpochRow> ParseHistory(const std::string& text, const std::string& file);

// The best head by validation loss: of the whole run, or of the last fit where the config says so.
struct BestHead {
  model::Head head;
  double loss = INFINITY;
  double accuracy = 0;
  int64_t epoch = -1;  // -1: the head that a warm start began with
};

// A training with one seed, from its checkpoint in `folder`, if there is one, to its last epoch.
// Every fit after the first starts from the best head so far, with a new optimizer and the schedule
// from its beginning, as in Keras when a model is compiled and fitted again.
class Training {
 public:
  // Keeps references to both. Throws InputError when the checkpoint is damaged or of other settings
  // or features.
  Training(const HeadSettings& settings, const HeadData& data, uint64_t seed,
           const std::filesystem::path& folder);

  // Throws InputError when a loss is no longer finite; the last checkpoint stays.
  void Run();
  // The next epoch and its checkpoint; false when there is none left.
  bool RunEpoch();

  const BestHead& best() const { return best_; }
  const std::vector<EpochRow>& history() const { return history_; }
  const std::filesystem::path& checkpoint() const { return checkpoint_; }

 private:
  // What comes next: `epoch` within the fit.
  struct Position {
    size_t fit = 0;
    size_t epoch = 0;
  };

  Position Next() const;
  EpochRow Epoch(Position position);
  double TrainOn(const std::vector<size_t>& rows, double rate);
  model::Quality Validate(const model::Head& head) const;
  bool Note(const EpochRow& row);
  void Save() const;
  void Resume();
  [[noreturn]] void ThrowDiverged(const std::string& what) const;

  const HeadSettings& settings_;
  const HeadData& data_;
  uint64_t seed_;
  std::filesystem::path checkpoint_;
  Matrix<float> validation_;
  std::vector<int> validation_labels_;
  std::vector<float> class_weights_;
  std::vector<std::vector<size_t>> fits_;  // rows of each
  std::vector<double> rates_;              // by epoch within a fit
  Trainer trainer_;
  std::vector<EpochRow> history_;
  BestHead best_;
};

}  // namespace kallos::train
