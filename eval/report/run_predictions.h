// The predictions of all benchmarks, put together by benchmark.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "eval/report/measures_file.h"
#include "eval/report/runs.h"
#include "lib/measures/class_statistics.h"
#include "lib/measures/predictions.h"
#include "lib/measures/scored_predictions.h"

namespace kallos::report {

inline constexpr const char* kPredictionsFile = "predictions.csv";  // of kallos-eval benchmark

// What one run says of one benchmark.
struct ClassRun {
  std::string run;
  measures::RocThresholds thresholds;

  bool has_both_classes() const;
};
// Runs by benchmark, in their order; those of scores, and runs without
// predictions.csv, are left out.
std::map<std::string, std::vector<ClassRun>> ClassRunsByBenchmark(const std::vector<Run>& runs);

struct ScoreRun {
  std::string run;
  std::vector<measures::ScoredPrediction> predictions;
};
// The same for runs of scores.
std::map<std::string, std::vector<ScoreRun>> ScoreRunsByBenchmark(const std::vector<Run>& runs);

// Throws InputError naming predictions.csv, where the run has one, and both counts where a
// benchmark has more or fewer photographs, or good ones, than were measured.
void RequireWholePredictions(const Run& run, const ModelMeasures& measured);

// Whether the run has predictions of classes.
bool HasVerdicts(const Run& run);

}  // namespace kallos::report
