// kallos-train joint: a backbone and a head on its features, trained end to end.
#pragma once

#include "lib/run/run.h"
#include "train/network/joint_config.h"

namespace kallos::train {

// Writes the bundle, with the network's weights, history.csv and run.yaml in config.network.out;
// the same call again goes on from the last checkpoint, or does nothing when all is done. Throws
// InputError for photographs, labels or weights that do not serve and for an `out` begun with other
// settings, DivergedError.
void RunJoint(const JointConfig& config, RunContext& context);

}  // namespace kallos::train
