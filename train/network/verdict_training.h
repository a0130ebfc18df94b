// A network and a head behind it, trained end to end on photographs.
#pragma once

#include <string>
#include <vector>

#include "lib/model/extractor.h"
#include "lib/nn/training/trainable_network.h"
#include "train/network/end_to_end_config.h"
#include "train/network/photograph_split.h"
#include "train/network/verdict_loss.h"
#include "train/training_folder.h"

namespace kallos::train {

struct VerdictTask {
  model::ExtractorSpec network;      // which one, and how it sees photographs
  std::filesystem::path weights;     // that it begins with; "" = drawn from the seed
  bool weights_without_top = false;  // the file has none: it is drawn from the seed
  model::Head head;                  // on the network's numbers
  std::vector<double> dropout;       // after each of its hidden layers
  EndToEndConfig settings;           // whose balance is not kChunks

  store::Manifest photographs;  // all with a label
  PhotographSplit split;
  PoolConfig pool;
  VerdictLoss loss;
  Matrix<float> teacher_logits;  // photographs x 2; none where loss.soft_weight is 0
  Matrix<float> hints;           // photographs x the network's numbers; none where hint_weight is 0
  double hint_weight = 0;        // of the mean squared error of the numbers against the hints
  std::string key;               // of everything above, for resuming
};

// Trains, fits the temperature on the validation photographs, and writes the bundle and what else a
// finished training's folder holds. Does nothing where it holds this training's result.
void TrainVerdicts(const VerdictTask& task, const NetworkConfig& config, uint64_t seed,
                   TrainingFolder& folder, RunRecord& record);

}  // namespace kallos::train
