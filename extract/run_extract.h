// kallos-extract: a manifest and one or more backbones to one feature store each.
#pragma once

#include "extract/extract_config.h"
#include "lib/run/run.h"

namespace kallos::extract {

// One store for each --out, resumable at the granularity of shards. Writes run.yaml into each store
// that it finishes.
void RunExtract(const ExtractConfig& config, RunContext& context);

}  // namespace kallos::extract
