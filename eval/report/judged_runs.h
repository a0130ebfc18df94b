// The predictions of all benchmarks, put together by benchmark.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "eval/predictions.h"
#include "eval/report/measures_file.h"
#include "eval/report/runs.h"
#include "eval/sample.h"
#include "eval/scored_predictions.h"

namespace kallos::report {

inline constexpr const char* kPredictionsFile = "predictions.csv";  // of kallos-eval benchmark

// What one run says of one benchmark.
struct JudgedRun {
  std::string run;
  eval::Steps steps;

  bool has_both_classes() const;
};
// Runs by benchmark, in their order; those of scores, and runs without predictions.csv, are left out.
std::map<std::string, std::vector<JudgedRun>> JudgedByBenchmark(const std::vector<Run>& runs);

struct ScoredRun {
  std::string run;
  std::vector<eval::ScoredPrediction> predictions;
};
// The same for runs of scores.
std::map<std::string, std::vector<ScoredRun>> ScoredByBenchmark(const std::vector<Run>& runs);

// Throws InputError naming predictions.csv, where the run has one, and both counts where a benchmark has more or fewer
// photographs, or good ones, than were measured.
void RequireWholePredictions(const Run& run, const ModelMeasures& measured);

// Whether the run has predictions of classes.
bool HasVerdicts(const Run& run);

}  // namespace kallos::report
