// The settings of kallos-distill finetune.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "train/network/end_to_end_config.h"
#include "train/network/network_config.h"

namespace kallos::train {

struct FinetuneConfig {
  std::filesystem::path student;
  std::optional<std::filesystem::path> manifest;
  std::optional<std::filesystem::path> teacher;
  std::vector<std::filesystem::path> features;
  std::optional<double> soft_weight;
  std::optional<double> temperature;
  double hint_weight = 0;
  std::vector<double> dropout;
  EndToEndConfig end_to_end;
  NetworkConfig network;
  PoolConfig pool;
};

template <class V>
void Describe(V& v, FinetuneConfig& c) {
  v("student", c.student, Required(),
    "Bundle of kallos-distill features or kallos-train joint to go on from.");
  v("manifest", c.manifest, "The photographs and their labels; those of --features unless given.");
  v("teacher", c.teacher, "Model bundle whose verdicts are soft targets.");
  v("features", c.features, "The feature stores that the teacher was trained on, in its order.");
  v("soft-weight", c.soft_weight, InRange(0, 1),
    "Share of the teacher's verdicts in the loss; 0.5 with --teacher.");
  v("temperature", c.temperature, InRange(0.1, 100),
    "At which the teacher's verdicts are softened; 2 with --teacher.");
  v("hint-weight", c.hint_weight, AtLeast(0),
    "With --teacher: weight of the squared error of the student's numbers against the teacher's.");
  v("dropout", c.dropout, InRange(0, 0.99),
    "After each hidden layer of the head; the head's training without it has none.");
  DescribeEndToEnd(v, c.end_to_end);
  DescribeNetwork(v, c.network);
  DescribePool(v, c.pool);
}

void Validate(const FinetuneConfig& config, Violations& violations);

}  // namespace kallos::train
