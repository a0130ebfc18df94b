// The settings of kallos-distill finetune.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "train/balance.h"
#include "train/distill/network_config.h"
#include "train/distill/verdict_loss.h"
#include "train/head_config.h"

namespace kallos::train {

struct FinetuneConfig {
  std::filesystem::path student;
  std::optional<std::filesystem::path> manifest;
  std::optional<std::filesystem::path> teacher;
  std::vector<std::filesystem::path> features;
  std::optional<double> soft_weight;
  double temperature = 2;
  double hint_weight = 0;
  std::vector<double> dropout;
  std::optional<double> head_lr;
  std::vector<std::string> rates;
  std::string freeze;
  Balance balance = Balance::kWeights;
  double inner_validation = 0.15;
  NetworkConfig network;
  PoolConfig pool;
};

// What fine-tuning and joint training say about network and head.
template <class V, class C>
void DescribeEndToEnd(V& v, C& c) {
  v("head-lr", c.head_lr, Above(0), "Learning rate of the head before the first epoch; --lr unless given.");
  v("rates", c.rates,
    "PREFIX=FACTOR: learning rate of the network's parameters whose names begin so: block1/=0.1; give it again for "
    "more, the first that fits counts.");
  v("freeze", c.freeze, "Layers of the network up to this one stay as they are; a typo lists them all.");
  v("balance", c.balance, "Unequal classes: weights in the loss, none, or a balanced sampler.");
  v("inner-validation", c.inner_validation, InRange(0.01, 0.9),
    "Part of the training photographs that validates where the split has no 'val'.");
}

template <class V>
void Describe(V& v, FinetuneConfig& c) {
  v("student", c.student, Required(), "Bundle of kallos-distill features or kallos-train joint to go on from.");
  v("manifest", c.manifest, "The photographs and their labels; those of --features unless given.");
  v("teacher", c.teacher, "Model bundle whose verdicts are soft targets.");
  v("features", c.features, "The feature stores that the teacher was trained on, in its order.");
  v("soft-weight", c.soft_weight, InRange(0, 1), "Share of the teacher's verdicts in the loss; 0.5 with --teacher.");
  v("temperature", c.temperature, InRange(0.1, 100), "At which the teacher's verdicts are softened.");
  v("hint-weight", c.hint_weight, AtLeast(0),
    "With --teacher: weight of the squared error of the student's numbers against the teacher's.");
  v("dropout", c.dropout, InRange(0, 0.99),
    "After each hidden layer of the head; the head's training without it has none.");
  DescribeEndToEnd(v, c);
  DescribeNetwork(v, c.network);
  DescribePool(v, c.pool);
}

void Validate(const FinetuneConfig& config, Violations& violations);

// "block1/=0.1" as a pair; nothing where the text is not of that form.
std::optional<std::pair<std::string, double>> ParseRate(const std::string& text);
// What both trainings must agree on.
void ValidateEndToEnd(const std::vector<std::string>& rates, Balance balance, const PoolConfig& pool,
                      Violations& violations);

}  // namespace kallos::train
