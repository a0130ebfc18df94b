// kallos-distill features: a student that gives what the teacher's head takes.
#pragma once

#include "lib/run/run.h"
#include "train/distill/feature_config.h"

namespace kallos::train {

// Writes config.network.out/bundle: the student with the teacher's head, history.csv and run.yaml.
// The same call again goes on from the last checkpoint, or does nothing when all is done. Throws
// InputError for photographs, stores and weights that do not fit each other or the teacher, for a
// loss that is no longer finite or explodes, and for an `out` that was begun with other settings.
void RunFeatures(const FeatureConfig& config, RunContext& context);

}  // namespace kallos::train
