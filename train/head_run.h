// kallos-train head: feature stores to a model bundle.
#pragma once

#include "lib/run/run.h"
#include "train/head_config.h"

namespace kallos::train {

// Writes config.out/bundle, history.csv and run.yaml. The same call again goes on from the last
// epoch, or does nothing when all is done. Throws InputError for features, manifests or an initial
// bundle that do not serve, for a loss that is no longer finite, and for an `out` begun with other
// settings.
void RunHead(const HeadConfig& config, RunContext& context);

}  // namespace kallos::train
