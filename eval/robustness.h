// kallos-eval robustness: how a model's verdicts stand up to transforms of the photographs.
#pragma once

#include "eval/robustness_config.h"
#include "lib/run/run.h"

namespace kallos::eval {

// Publishes table.md, robustness.csv, robustness.json, predictions.csv, skipped.csv and run.yaml, which comes last, and
// prints the table. What was judged is kept in OUT/views: the same command goes on after an interruption, and a command
// with other transforms or severities has less to do.
void RunRobustness(const RobustnessConfig& config, RunContext& context);

}  // namespace kallos::eval
