// What a bundle of kallos-eval benchmark says, from feature stores or from the
// photographs themselves.
#pragma once

#include "eval/benchmark.h"
#include "lib/model/bundle_predictions.h"
#include "lib/run/run_record.h"

namespace kallos::eval {

// By the bundle `index` of `config`: the labelled rows of the split that it names;
// those of a benchmark count for "test" and "all". Throws InputError when there are
// none, or none that can be read.
model::BundlePredictions PredictWithBundle(const BenchmarkConfig& config, size_t index,
                                           RunRecord& record);

}  // namespace kallos::eval
