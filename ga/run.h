// kallos-ga run.
#pragma once

#include "ga/run_config.h"
#include "lib/run/run.h"

namespace kallos::ga {

// In config.out: publishes search.json, searches (the files of ga/evolution/search.h), writes
// selection.csv, trains the final head on it (head/), measures that once on the test rows where
// there are some (test/), and writes result.json last.
void RunSearch(const RunConfig& config, RunContext& context);

}  // namespace kallos::ga
