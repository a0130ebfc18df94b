// kallos-eval benchmark: the table of model bundles, or of predictions made elsewhere.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lib/config/config.h"
#include "lib/run/run.h"

namespace kallos::eval {

// Predictions come from one of three sources, each for one model or several; a flag of another
// source is refused:
//   --predictions CSV..., of probabilities or of scores [--calibration CSV...]
//   --bundle B... --features STORE... [--manifest M: replaces the stores' labels, splits,
//   benchmarks and groups]
//   --bundle B... --manifest M [--weights FILE...] [--device D]: from the photographs
struct BenchmarkConfig {
  std::vector<std::filesystem::path> bundle;
  std::vector<std::filesystem::path> features;
  std::optional<std::filesystem::path> manifest;
  std::vector<std::filesystem::path> weights;
  std::string device = "auto";
  std::vector<std::filesystem::path> predictions;
  std::vector<std::filesystem::path> calibration;
  std::vector<std::string> names;
  std::optional<std::filesystem::path> reference;
  std::optional<std::string> split;
  bool strict = false;
  std::filesystem::path out;

  std::string Split() const { return split.value_or("test"); }
  const std::vector<std::filesystem::path>& models() const {
    return predictions.empty() ? bundle : predictions;
  }
};

template <class V>
void Describe(V& v, BenchmarkConfig& c) {
  v("bundle", c.bundle,
    "Model bundles to judge; with --features, or with --manifest alone from the photographs.");
  v("features", c.features,
    "Their feature stores: of one bundle in the order of training, of several in any order.");
  v("manifest", c.manifest,
    "The photographs; with --features, replaces split, label and benchmark of the stores.");
  v("weights", c.weights,
    "From photographs: weight files of the bundles' backbones, matched by their hash.");
  v("device", c.device, "From photographs: auto, cpu, cuda or cuda:INDEX.");
  v("predictions", c.predictions,
    "CSV id,benchmark,label,probability made elsewhere, instead of bundles; or "
    "id,benchmark,score,prediction[,sd], or "
    "id,benchmark,rating_1,...,predicted_1,... (shares or counts of each rating).");
  v("calibration", c.calibration,
    "For each of the --predictions those of validation photographs, on which corrections of the "
    "probabilities are "
    "fitted; with --features those of the split val.");
  v("names", c.names,
    "Names of the models in the table; those of their folders or files unless given.");
  v("reference", c.reference,
    "Published results to stand beside: configs/paper/benchmarks.yaml, or a file like it; says "
    "where benchmarks "
    "differ.");
  v("split", c.split, OneOf({"train", "val", "test", "all"}),
    "Rows that count, test unless given; rows of a benchmark count for test and all.");
  v("strict", c.strict,
    "Exit with code 3 when a photograph was skipped, or a benchmark is not as the --reference has "
    "it.");
  v("out", c.out, Required(),
    "Folder for table.md, table.csv, metrics.json, predictions.csv, calibration.csv, "
    "reliability.csv and skipped.csv; "
    "of "
    "several models each has a folder of these in it.");
}

void Validate(const BenchmarkConfig& config, Violations& violations);

// Publishes the files one by one, run.yaml last: a folder that has it is whole. Prints the table.
// Broken off and given again it ends with the files of an undisturbed run.
void RunBenchmark(const BenchmarkConfig& config, RunContext& context);

}  // namespace kallos::eval
