// One model of kallos-eval benchmark, evaluated.
#pragma once

#include <vector>

#include "eval/benchmark.h"
#include "lib/measures/evaluation.h"
#include "lib/store/feature_store.h"

namespace kallos::eval {

struct EvaluatedModel {
  measures::Evaluation evaluation;
  std::vector<store::Skipped> skipped;  // rows that should count but gave no features
};

// The model `config.models()[index]`: a bundle, or predictions made elsewhere. Adds what
// was read to the record.
EvaluatedModel EvaluateModel(const BenchmarkConfig& config, size_t index, uint64_t seed,
                             RunRecord& record);

}  // namespace kallos::eval
