// What was given to the report: each run by the files that its folder holds.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lib/run/recorded_run.h"

namespace kallos::report {

enum class RunKind {
  kFeatures,
  kComponents,
  kSearch,
  kSelections,
  kTraining,
  kBenchmark,
  kComparison,
  kRobustness
};

struct Run {
  RunKind kind;
  std::filesystem::path path;  // the folder; of components the file
  // No other run of the report has it; a model's own for its folder among several.
  std::string name;
  // None where run.yaml is missing: the run was broken off, or its files were made elsewhere.
  std::optional<RecordedRun> record;
};

// "kallos-eval benchmark".
std::string CommandOf(RunKind kind);

// The file that tells the kind: FOLDER/metrics.json, or the components themselves.
std::filesystem::path MarkOf(const Run& run);

// Each of `given` is a run, a file of components (x.h5), or a folder that holds runs, at any depth;
// in order, folders by name. Inside feature stores and comparisons of selections nothing is looked
// for. Throws UsageError where one is given twice, InputError naming one that holds no run and what
// was looked for. Links are followed; a run that they lead to twice is taken once.
std::vector<Run> FindRuns(const std::vector<std::filesystem::path>& given);

std::vector<Run> OfKind(const std::vector<Run>& runs, RunKind kind);

}  // namespace kallos::report
