// kallos-ga compare: the search beside other ways to choose as many columns.
#pragma once

#include "ga/compare_config.h"
#include "lib/run/run.h"

namespace kallos::ga {

// The folder config.run.out/seed-S/METHOD gets selection.csv, the head that is trained anew on it
// by the same recipe (head/), its predictions of the test rows (predictions.csv), and last
// result.json: a folder that has one is finished and not made again. Test rows are the labelled
// rows of split 'test' and of all benchmarks, pooled. A finished head predicts them once. With
// --fitness-split test fitness is measured on them too, and all outputs say that ga and random are
// selected on test.
//
// pairs.csv has a row for each seed and method; compare.csv, table.md and the terminal have a row
// for each method:
//   fitness, accuracy, ROC-AUC  means over the seeds; accuracy_sd is over the seeds
//   intervals                   of these means: 2.5 and 97.5 percentiles of a paired bootstrap over
//                               test rows (lib/measures/paired.h). They cover other test rows, but
//                               neither other training rows nor other seeds.
//   differences to 'all'        on the same bootstrap rows, so that rows which are hard for both
//                               methods cancel
//   trained, seconds            individuals, and time of choosing, summed over the seeds
// All files but for the seconds depend on data, settings and seed alone, wherever a run was broken.
//
// Throws InputError when a class has no test row, more columns are asked for than there are, a
// training diverges, or the folder is of a comparison with other settings.
void RunCompare(const CompareConfig& config, RunContext& context);

}  // namespace kallos::ga
