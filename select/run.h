// kallos-ga run.
#pragma once

#include "lib/run/run.h"
#include "select/run_config.h"

namespace kallos::select {

// Searches, writes selection.csv, trains the final head on it (head/), measures it once on the test rows, where there
// are some, and writes result.json; all in config.out, beside the files of ga/search.h.
void RunSearch(const RunConfig& config, RunContext& context);

inline constexpr const char* kSelectionFile = "selection.csv";
inline constexpr const char* kResultFile = "result.json";

}  // namespace kallos::select
