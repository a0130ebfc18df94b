// The settings of kallos-distill features.
#pragma once

#include <vector>

#include "lib/nn/backbone.h"
#include "train/network/feature_loss.h"
#include "train/network/network_config.h"

namespace kallos::train {

struct FeatureConfig {
  std::filesystem::path teacher;
  std::vector<std::filesystem::path> features;
  std::optional<std::filesystem::path> manifest;
  std::string student = "shufflenet_v2_narrow";
  std::optional<std::filesystem::path> initial;
  FeatureLoss loss = FeatureLoss::kStandardizedMse;
  std::optional<double> dropout;
  NetworkConfig network;
  PoolConfig pool;
};

template <class V>
void Describe(V& v, FeatureConfig& c) {
  v("teacher", c.teacher, Required(),
    "Model bundle whose head's inputs the student learns to give.");
  v("features", c.features, Required(),
    "The feature stores that the teacher was trained on, in its order.");
  v("manifest", c.manifest,
    "Manifest whose rows replace those inside the stores: where the photographs lie now.");
  v("student", c.student, "Network that learns; kallos-extract --backbone lists them.");
  v("initial", c.initial,
    "Weight file that the student's body begins with; drawn from the seed without it.");
  v("loss", c.loss,
    "How far the student is from the teacher; see train/network/feature_loss.h for the formulas.");
  v("dropout", c.dropout, InRange(0, 0.99),
    "Before the student's last layer; the network's own unless given.");
  DescribeView(v, c.network);
  DescribeNetwork(v, c.network);
  DescribePool(v, c.pool);
}

void Validate(const FeatureConfig& config, Violations& violations);

}  // namespace kallos::train
