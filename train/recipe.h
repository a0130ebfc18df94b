// How a head is trained: what kallos-train head, the fitness of kallos-ga and its final head have
// in common.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/config/config.h"
#include "lib/device/precision.h"
#include "train/balance.h"
#include "train/schedule.h"

namespace kallos::train {

// How batch norm's moving mean and variance follow the batches, at Keras's momentum of 0.99.
//   debiased  without the weight of the 0 and 1 that they start from, as Adam corrects its moments
//   keras     with it
enum class MovingStatistics { kDebiased, kKeras };
inline NamedValues<MovingStatistics> EnumTable(MovingStatistics) {
  using enum MovingStatistics;
  return {{kDebiased, "debiased"}, {kKeras, "keras"}};
}

// The defaults are the published ones.
struct Recipe {
  std::vector<int64_t> hidden = {2048, 1024, 256};
  std::vector<double> dropout = {0.25, 0.25, 0.5};  // after each hidden layer
  int64_t epochs = 15;
  int64_t batch = 128;
  double lr = 0.003;
  Schedule scheduler = Schedule::kExpCompound;
  std::optional<double> decay = {};  // of schedulers that have one; Decay() says the default
  Balance balance = Balance::kWeights;
  MovingStatistics moving_statistics = MovingStatistics::kDebiased;
  Precision precision = Precision::kFp32;  // not fp16; tf32 is fp32 on the CPU

  double Decay() const { return decay.value_or(kPublishedDecay); }
  // By epoch.
  std::vector<double> LearningRates() const {
    return train::LearningRates(scheduler, lr, Decay(), epochs);
  }
};

// What does not go together. Messages name the flags.
void Validate(const Recipe& recipe, Violations& violations);

// All but the precision, which not every command lets its user choose.
template <class V>
void Describe(V& v, Recipe& r) {
  v("hidden", r.hidden, AtLeast(1), "Units of each hidden layer.");
  v("dropout", r.dropout, InRange(0, 0.99), "Dropout after each hidden layer.");
  v("epochs", r.epochs, InRange(1, 100000),
    "Passes over the training rows; with --balance chunks per chunk.");
  v("batch", r.batch, AtLeast(2), "Rows per step.");
  v("lr", r.lr, Above(0), "Learning rate before the first epoch.");
  v("scheduler", r.scheduler,
    "How the learning rate changes from epoch to epoch; see schedule.h for the formulas.");
  v("decay", r.decay, AtLeast(0),
    "k of the schedulers exp-compound and exp; 0.048 where not given.");
  v("balance", r.balance,
    "Unequal classes: weights in the loss, none, a balanced sampler, or one fit per chunk of the "
    "larger class.");
  v("moving-statistics", r.moving_statistics,
    "Batch norm's means and variances: without their initial values, or with them as in Keras.");
}

}  // namespace kallos::train
