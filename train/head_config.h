// The settings of kallos-train head.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lib/config/config.h"
#include "train/balance.h"
#include "train/schedule.h"
#include "train/trainer.h"

namespace kallos::train {

// Over what the best checkpoint is the best: the whole run, or (as published) each fit anew.
enum class Checkpoint { kWholeRun, kPerFit };
inline NamedValues<Checkpoint> EnumTable(Checkpoint) {
  using enum Checkpoint;
  return {{kWholeRun, "whole-run"}, {kPerFit, "per-fit"}};
}

struct HeadConfig {
  std::vector<std::filesystem::path> features;
  std::vector<std::filesystem::path> pca;
  std::optional<std::filesystem::path> manifest;
  std::optional<std::filesystem::path> selection;
  std::filesystem::path out;
  std::optional<std::filesystem::path> initial;
  std::vector<int64_t> hidden = {2048, 1024, 256};
  std::vector<double> dropout = {0.25, 0.25, 0.5};
  int64_t epochs = 15;
  int64_t batch = 128;
  double lr = 0.003;
  Schedule scheduler = Schedule::kExpCompound;
  std::optional<double> decay;
  Balance balance = Balance::kWeights;
  ChunkOrder chunk_order = ChunkOrder::kSeeded;
  Checkpoint checkpoint = Checkpoint::kWholeRun;
  MovingStatistics moving_statistics = MovingStatistics::kDebiased;
  double inner_validation = 0.15;
  int64_t patience = 0;
  int64_t seeds = 1;
  bool standardize = false;
  bool fresh = false;
};

void Validate(const HeadConfig& config, Violations& violations);

// The flags that say how a head is trained; `c` has a field for each but the decay.
template <class V, class C>
void DescribeRecipe(V& v, C& c, std::optional<double>& decay) {
  v("hidden", c.hidden, AtLeast(1), "Units of each hidden layer.");
  v("dropout", c.dropout, InRange(0, 0.99), "Dropout after each hidden layer.");
  v("epochs", c.epochs, InRange(1, 100000),
    "Passes over the training rows; with --balance chunks per chunk.");
  v("batch", c.batch, AtLeast(2), "Rows per step.");
  v("lr", c.lr, Above(0), "Learning rate before the first epoch.");
  v("scheduler", c.scheduler,
    "How the learning rate changes from epoch to epoch; see schedule.h for the formulas.");
  v("decay", decay, AtLeast(0), "k of the schedulers exp-compound and exp; 0.048 where not given.");
  v("balance", c.balance,
    "Unequal classes: weights in the loss, none, a balanced sampler, or one fit per chunk of the "
    "larger class.");
  v("moving-statistics", c.moving_statistics,
    "Batch norm's means and variances: without their initial values, or with them as in Keras.");
}

template <class V>
void Describe(V& v, HeadConfig& c) {
  v("features", c.features, Required(),
    "Feature store; several are joined by id, columns in this order.");
  v("pca", c.pca,
    "Model of kallos-pca fit; reduces the features that it was fitted on, and goes into the "
    "bundle.");
  v("manifest", c.manifest,
    "Manifest whose split, label and score replace those inside the stores.");
  v("selection", c.selection,
    "CSV with a column 'index': the columns to use (of the reduced features, with --pca).");
  v("out", c.out, Required(), "Folder for the bundle, history.csv and run.yaml.");
  v("initial", c.initial,
    "Bundle whose head is the starting point: same extractors, columns and layers.");
  DescribeRecipe(v, c, c.decay);
  v("chunk-order", c.chunk_order,
    "Which rows --balance chunks puts together: drawn by the seed, or neighbours by id.");
  v("checkpoint", c.checkpoint,
    "The best head is the best of the whole run, or of the last chunk's fit.");
  v("inner-validation", c.inner_validation, InRange(0.01, 0.9),
    "Part of the training rows that validates where the split has no 'val'.");
  v("patience", c.patience, AtLeast(0),
    "End a fit after so many epochs without a better validation loss; 0 = never.");
  v("seeds", c.seeds, InRange(1, 1000),
    "Trainings with seeds seed, seed+1, ...; the best by validation loss becomes the bundle.");
  v("standardize", c.standardize,
    "Scale each column to mean 0 and sd 1 of the training rows; stored in the bundle.");
  v("fresh", c.fresh, "Start over instead of going on from a checkpoint.");
}

}  // namespace kallos::train
