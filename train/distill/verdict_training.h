// A network and a head behind it, trained end to end on photographs.
#pragma once

#include <string>
#include <vector>

#include "extract/extractor.h"
#include "lib/nn/training/trainable_network.h"
#include "train/balance.h"
#include "train/distill/network_run.h"
#include "train/distill/photograph_split.h"
#include "train/distill/verdict_loss.h"

namespace kallos::train {

struct VerdictTask {
  extract::ExtractorSpec network;                     // which one, and how it sees photographs
  std::filesystem::path weights;                      // that it begins with; "" = drawn from the seed
  bool weights_without_top = false;                   // the file has none: it is drawn from the seed
  std::string freeze;                                 // see nn::TrainingOptions
  std::vector<std::pair<std::string, double>> rates;  // see nn::OptimizerOptions
  Head head;                                          // on the network's numbers
  std::vector<double> dropout;                        // after each of its hidden layers
  double head_lr = 0;

  store::Manifest photographs;  // all with a label
  PhotographSplit split;
  Balance balance = Balance::kWeights;  // not kChunks
  PoolConfig pool;
  VerdictLoss loss;
  Matrix<float> teacher_logits;  // photographs x 2; none where loss.soft_weight is 0
  Matrix<float> hints;           // photographs x the network's numbers; none where hint_weight is 0
  double hint_weight = 0;        // of the mean squared error of the numbers against the hints
  std::string key;               // of everything above, for resuming
};

// Trains, fits the temperature on the validation photographs, and writes the bundle and what NetworkRun::End writes.
// Does nothing where the folder holds this training's result.
void TrainVerdicts(const VerdictTask& task, const NetworkConfig& config, uint64_t seed, const NetworkRun& run,
                   RunRecord& record);

}  // namespace kallos::train
