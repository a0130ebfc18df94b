// kallos-train joint: a backbone and a head on its features, trained end to end.
#pragma once

#include "lib/run/run.h"
#include "train/network/joint_config.h"

namespace kallos::train {

// Writes config.network.out as RunFeatures does: the bundle holds the network's weights.
void RunJoint(const JointConfig& config, RunContext& context);

}  // namespace kallos::train
