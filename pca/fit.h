// kallos-pca fit: a feature store to a model.
#pragma once

#include "lib/run/run.h"
#include "pca/fit_config.h"

namespace kallos::pca {

// States the peak memory and refuses what does not fit; resumable; publishes the model and, beside
// it, MODEL.run.yaml.
void RunFit(const FitConfig& config, RunContext& context);

}  // namespace kallos::pca
