// Small folders of runs of every kind.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "lib/measures/predictions.h"

namespace kallos::report {

namespace fs = std::filesystem;

// An empty folder for one test.
fs::path MakeTestFolder(const std::string& name);

// What kallos-eval benchmark writes for predictions made elsewhere; `config`
// is YAML of its settings.
void MakeBenchmark(const fs::path& folder, const std::vector<measures::Prediction>& predictions,
                   const std::string& config = "{}");
void MakeScoreBenchmark(const fs::path& folder);
void MakeComparison(const fs::path& folder, const std::vector<fs::path>& benchmarks);
void MakeTraining(const fs::path& folder);
void MakeSearch(const fs::path& folder, uint64_t seed);
void MakeSelections(const fs::path& folder);
void MakeRobustness(const fs::path& folder);
void MakeComponents(const fs::path& file);

// A run of each kind in one folder, and what calibration leaves in that of a benchmark.
void MakeRunsOfAllKinds(const fs::path& folder);

}  // namespace kallos::report
