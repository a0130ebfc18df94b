// What a model bundle says about the rows of a manifest, from feature stores or from the
// photographs themselves.
#pragma once

#include <string>
#include <vector>

#include "eval/benchmark.h"
#include "lib/measures/predictions.h"
#include "lib/run/run_record.h"
#include "lib/store/feature_store.h"

namespace kallos::eval {

struct BundlePredictions {
  std::vector<measures::Prediction>
      predictions;                      // sorted by id: the same from features and from photographs
  std::vector<store::Skipped> skipped;  // rows that should count but have no features
  std::vector<std::string> notes;       // for the table
  std::vector<measures::Prediction>
      validation;  // of the split val, where there are feature stores and another split is judged
  double temperature = 1;  // by which the bundle has divided the logits
};

// By the bundle `index` of `config`: the labelled rows of the split that it names; those of a
// benchmark count for "test" and "all". Throws InputError when there are none, or none that can be
// read.
BundlePredictions PredictWithBundle(const BenchmarkConfig& config, size_t index, RunRecord& record);

}  // namespace kallos::eval
