// What trainings of a network and a head say about the two.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "train/balance.h"
#include "train/head_config.h"
#include "train/network/network_config.h"

namespace kallos::train {

struct EndToEndConfig {
  std::optional<double> head_lr;
  std::vector<std::string> rates;
  std::string freeze;
  Balance balance = Balance::kWeights;
};

template <class V>
void DescribeEndToEnd(V& v, EndToEndConfig& c) {
  v("head-lr", c.head_lr, Above(0),
    "Learning rate of the head before the first epoch; --lr unless given.");
  v("rates", c.rates,
    "PREFIX=FACTOR: learning rate of the network's parameters whose names begin so: block1/=0.1; "
    "give it again for "
    "more, the first that fits counts.");
  v("freeze", c.freeze,
    "Layers of the network up to this one stay as they are; a typo lists them all.");
  v("balance", c.balance, "Unequal classes: weights in the loss, none, or a balanced sampler.");
}

// "block1/=0.1" as a pair; nothing where the text is not of that form.
std::optional<std::pair<std::string, double>> ParseRate(const std::string& text);
void ValidateEndToEnd(const EndToEndConfig& config, const PoolConfig& pool, Violations& violations);

}  // namespace kallos::train
