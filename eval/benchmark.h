// kallos-eval benchmark: the table of a model bundle, or of predictions made elsewhere.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lib/config/config.h"
#include "lib/run/run.h"

namespace kallos::eval {

struct BenchmarkConfig {
  std::optional<std::filesystem::path> bundle;
  std::vector<std::filesystem::path> features;
  std::optional<std::filesystem::path> manifest;
  std::optional<std::filesystem::path> predictions;
  std::string split = "test";
  std::filesystem::path out;
};

template <class V>
void Describe(V& v, BenchmarkConfig& c) {
  v("bundle", c.bundle, "Model bundle to judge.");
  v("features", c.features, "Its feature stores, in the order of training.");
  v("manifest", c.manifest, "Manifest whose split, label and benchmark replace those inside the stores.");
  v("predictions", c.predictions, "CSV id,benchmark,label,probability made elsewhere, instead of a bundle.");
  v("split", c.split, OneOf({"train", "val", "test", "all"}),
    "Which rows count; rows of a benchmark count for test and all.");
  v("out", c.out, Required(), "Folder for table.md, table.csv, metrics.json, predictions.csv and run.yaml.");
}

void Validate(const BenchmarkConfig& config, Violations& violations);
void RunBenchmark(const BenchmarkConfig& config, RunContext& context);

}  // namespace kallos::eval
