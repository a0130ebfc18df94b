// kallos-eval benchmark: the table of a model bundle, or of predictions made elsewhere.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lib/config/config.h"
#include "lib/run/run.h"

namespace kallos::eval {

// What is judged is one of three; whatever does not belong to it is refused:
//   --predictions CSV, of probabilities or of scores
//   --bundle B --features STORE... [--manifest M: replaces the stores' labels, splits, benchmarks and groups]
//   --bundle B --manifest M [--weights FILE...] [--device D]: from the photographs
struct BenchmarkConfig {
  std::optional<std::filesystem::path> bundle;
  std::vector<std::filesystem::path> features;
  std::optional<std::filesystem::path> manifest;
  std::vector<std::filesystem::path> weights;
  std::string device = "auto";
  std::optional<std::filesystem::path> predictions;
  std::optional<std::string> split;
  bool strict = false;
  std::filesystem::path out;

  std::string Split() const { return split.value_or("test"); }
};

template <class V>
void Describe(V& v, BenchmarkConfig& c) {
  v("bundle", c.bundle, "Model bundle to judge; with --features, or with --manifest alone from the photographs.");
  v("features", c.features, "Its feature stores, in the order of training.");
  v("manifest", c.manifest, "The photographs; with --features, replaces split, label and benchmark of the stores.");
  v("weights", c.weights, "From photographs: weight files of the bundle's backbones, matched by their hash.");
  v("device", c.device, "From photographs: auto, cpu, cuda or cuda:INDEX.");
  v("predictions", c.predictions,
    "CSV id,benchmark,label,probability made elsewhere, instead of a bundle; or id,benchmark,score,prediction[,sd].");
  v("split", c.split, OneOf({"train", "val", "test", "all"}),
    "Rows that count, test unless given; rows of a benchmark count for test and all.");
  v("strict", c.strict, "Exit with code 3 when a photograph was skipped.");
  v("out", c.out, Required(), "Folder for table.md, table.csv, metrics.json, predictions.csv and skipped.csv.");
}

void Validate(const BenchmarkConfig& config, Violations& violations);

// Publishes the files one by one, run.yaml last: a folder that has it is whole. Prints the table.
void RunBenchmark(const BenchmarkConfig& config, RunContext& context);

}  // namespace kallos::eval
