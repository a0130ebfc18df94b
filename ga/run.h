// kallos-ga run.
#pragma once

#include "ga/run_config.h"
#include "lib/run/run.h"

namespace kallos::ga {

// Publishes search.json, searches, writes selection.csv, trains the final head on it (head/),
// measures it once on the test rows, where there are some, and writes result.json; all in
// config.out, beside the files of ga/search.h.
void RunSearch(const RunConfig& config, RunContext& context);

}  // namespace kallos::ga
