// kallos-eval robustness: how a model's verdicts stand up to transforms of the photographs.
#pragma once

#include "eval/robustness/config.h"
#include "lib/run/run.h"

namespace kallos::eval {

// Publishes table.md, robustness.csv, robustness.json, predictions.csv, skipped.csv and run.yaml,
// which comes last, and prints the table. The features of each view are kept: the same command goes
// on after an interruption, and a command with other transforms, severities or another head on the
// same extractors has less to do.
void RunRobustness(const RobustnessConfig& config, RunContext& context);

}  // namespace kallos::eval
