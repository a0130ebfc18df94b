// The settings of kallos-train joint.
#pragma once

#include "lib/nn/backbone.h"
#include "train/network/end_to_end_config.h"
#include "train/network/verdict_loss.h"

namespace kallos::train {

struct JointConfig {
  std::filesystem::path manifest;
  std::string backbone;
  nn::Taps taps = nn::Taps::kPooled;
  std::optional<std::filesystem::path> weights;
  std::vector<int64_t> hidden = {256};
  std::vector<double> dropout = {0.5};
  LabelLoss loss = LabelLoss::kCrossEntropy;
  EndToEndConfig end_to_end;
  NetworkConfig network;
  PoolConfig pool;
};

template <class V>
void Describe(V& v, JointConfig& c) {
  v("manifest", c.manifest, Required(), "The photographs and their labels.");
  v("backbone", c.backbone, Required(), "Network; kallos-extract --backbone lists them.");
  v("taps", c.taps,
    "pooled = the network's last feature vector; multigap = averages after every block.");
  v("weights", c.weights,
    "Weight file that the network begins with; drawn from the seed without it.");
  v("hidden", c.hidden, AtLeast(1), "Units of each hidden layer of the head.");
  v("dropout", c.dropout, InRange(0, 0.99), "Dropout after each hidden layer of the head.");
  v("loss", c.loss, "Of the verdicts; broadcast-mse is the published one, kept for comparison.");
  DescribeEndToEnd(v, c.end_to_end);
  DescribeView(v, c.network);
  DescribeNetwork(v, c.network);
  DescribePool(v, c.pool);
}

void Validate(const JointConfig& config, Violations& violations);

}  // namespace kallos::train
