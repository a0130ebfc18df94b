// kallos-train head: feature stores to a model bundle.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lib/config/config.h"
#include "lib/run/run.h"

namespace kallos::train {

enum class Schedule { kExpCompound, kExp, kConstant };
enum class Balance { kWeights, kNone };

struct HeadConfig {
  std::vector<std::filesystem::path> features;
  std::optional<std::filesystem::path> manifest;
  std::optional<std::filesystem::path> selection;
  std::filesystem::path out;
  std::vector<int64_t> hidden = {2048, 1024, 256};
  std::vector<double> dropout = {0.25, 0.25, 0.5};
  int64_t epochs = 15;
  int64_t batch = 128;
  double lr = 0.003;
  Schedule scheduler = Schedule::kExpCompound;
  double decay = 0.048;
  Balance balance = Balance::kWeights;
  double inner_validation = 0.15;
  int64_t patience = 0;
  int64_t seeds = 1;
  bool standardize = false;
  bool fresh = false;
};

// lr of epoch e = 0, 1, ...: exp-compound lr0 * exp(-k e (e+1) / 2), the published recipe; exp lr0 * exp(-k e).
double LearningRate(Schedule schedule, double lr, double decay, int64_t epoch);

void RunHead(const HeadConfig& config, RunContext& context);
void Validate(const HeadConfig& config, Violations& violations);

}  // namespace kallos::train

namespace kallos {

template <>
struct EnumNames<train::Schedule> {
  static std::vector<std::pair<train::Schedule, std::string>> Table() {
    return {{train::Schedule::kExpCompound, "exp-compound"},
            {train::Schedule::kExp, "exp"},
            {train::Schedule::kConstant, "constant"}};
  }
};
template <>
struct EnumNames<train::Balance> {
  static std::vector<std::pair<train::Balance, std::string>> Table() {
    return {{train::Balance::kWeights, "weights"}, {train::Balance::kNone, "none"}};
  }
};

namespace train {

template <class V>
void Describe(V& v, HeadConfig& c) {
  v("features", c.features, Required(), "Feature store; several are joined by id, columns in this order.");
  v("manifest", c.manifest, "Manifest whose split, label and score replace those inside the stores.");
  v("selection", c.selection, "CSV with a column 'index': the columns to use.");
  v("out", c.out, Required(), "Folder for the bundle, history.csv and run.yaml.");
  v("hidden", c.hidden, AtLeast(1), "Units of each hidden layer.");
  v("dropout", c.dropout, InRange(0, 0.99), "Dropout after each hidden layer.");
  v("epochs", c.epochs, InRange(1, 100000), "Passes over the training rows.");
  v("batch", c.batch, AtLeast(2), "Rows per step.");
  v("lr", c.lr, Above(0), "Learning rate of the first epoch.");
  v("scheduler", c.scheduler, "How the learning rate falls from epoch to epoch.");
  v("decay", c.decay, AtLeast(0), "k of the exponential schedulers.");
  v("balance", c.balance, "Class balance: weights makes both classes count the same in the loss.");
  v("inner-validation", c.inner_validation, InRange(0.01, 0.9),
    "Part of the training rows that validates where the split has no 'val'.");
  v("patience", c.patience, AtLeast(0), "Stop after so many epochs without a better validation loss; 0 = never.");
  v("seeds", c.seeds, InRange(1, 1000),
    "Trainings with seeds seed, seed+1, ...; the best by validation loss becomes the bundle.");
  v("standardize", c.standardize, "Scale each column to mean 0 and sd 1 of the training rows; stored in the bundle.");
  v("fresh", c.fresh, "Start over instead of going on from a checkpoint.");
}

}  // namespace train
}  // namespace kallos
