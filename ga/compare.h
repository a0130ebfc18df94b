// kallos-ga compare: the search beside other ways to choose as many columns.
#pragma once

#include "ga/compare_config.h"
#include "lib/run/run.h"

namespace kallos::ga {

// For each seed s and method m, seed-s/m in config.run.out holds the selection, the head that is
// trained anew on it by the same recipe (head/), its predictions of the test rows
// (predictions.csv), and result.json, which comes last: what has it is not done again. The test
// rows, those of split 'test' and of benchmarks pooled, are used once, when a head is
// finished; unless --fitness-split test, where all outputs say that ga and random are selected on
// test.
//
// pairs.csv has a row for each seed and method; compare.csv, table.md and the terminal one for each
// method. There
// - fitness, accuracy and ROC-AUC are means over the seeds, accuracy_sd the standard deviation over
// them;
// - intervals are 95 % percentiles of a paired bootstrap (eval/paired.h) of that mean over test
// rows: what it would be
//   on other test rows, the trained heads being as they are. They do not cover other training rows,
//   nor other seeds, for which accuracy_sd stands;
// - differences to 'all' are on the same bootstrap rows, so what both find hard or easy cancels.
// - trained counts the individuals of all seeds, seconds the choosing. Seconds aside, all files are
// the same for the
//   same seed, whatever the machine and wherever a run was broken.
//
// Throws InputError when there are no test rows or one class of them, more columns are asked for
// than there are, a training diverges, or the folder is of a comparison with other settings.
void RunCompare(const CompareConfig& config, RunContext& context);

}  // namespace kallos::ga
