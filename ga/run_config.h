// The flags of kallos-ga run.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "ga/evolution/settings.h"
#include "ga/fitness/device_fitness.h"
#include "train/head_config.h"

namespace kallos::ga {

// Which rows a head's fitness is measured on. kTest is the published practice.
enum class FitnessRows { kValidation, kFolds, kTest };
inline NamedValues<FitnessRows> EnumTable(FitnessRows) {
  using enum FitnessRows;
  return {{kValidation, "val"}, {kFolds, "folds"}, {kTest, "test"}};
}

struct RunConfig {
  std::vector<std::filesystem::path> features;
  std::vector<std::filesystem::path> pca;
  std::optional<std::filesystem::path> manifest;
  std::filesystem::path out;
  Settings search;
  Recipe recipe;
  Metric metric = Metric::kAccuracy;
  std::string device = "auto";
  Precision precision = Precision::kTf32;
  int64_t together = 0;
  FitnessRows rows = FitnessRows::kValidation;
  int64_t folds = 5;
  Resource look_by = Resource::kEpochs;
  double inner_validation = 0.15;
  bool standardize = false;
  bool fresh = false;
};

void Validate(const RunConfig& config, Violations& violations);

// How fitness is computed.
FitnessSettings FitnessSettingsOf(const RunConfig& config);
// How the final head is trained on the selection: by the same recipe, in fp32; the best epoch by
// validation loss.
train::HeadSettings FinalHead(const RunConfig& config);

template <class V>
void Describe(V& v, RunConfig& c) {
  v("features", c.features, Required(),
    "Feature store; several are joined by id, columns in this order.");
  v("pca", c.pca, "Model of kallos-pca fit; what it reduces is selected from.");
  v("manifest", c.manifest,
    "Manifest whose split, label and group replace those inside the stores.");
  v("out", c.out, Required(),
    "Folder of the run; the same command again goes on from its last evaluation.");
  DescribeSettings(v, c.search);
  Describe(v, c.recipe);
  v("metric", c.metric, "What fitness is, after the last epoch.");
  v("device", c.device,
    "auto (CUDA where there is a device), cpu, cuda or cuda:1: where heads are trained.");
  v("precision", c.precision, OneOf({"fp32", "tf32", "bf16"}),
    "Of the products: fp32, tf32 (CUDA; fp32 on the CPU) or bf16 (CUDA, and CPUs with AVX-512). "
    "Parameters, moments and sums stay fp32.");
  v("together", c.together, AtLeast(0),
    "CUDA: heads trained at once; 0 = as many as its free memory holds.");
  v("fitness-split", c.rows,
    "Rows that fitness is measured on: val, folds of the training rows, or test (published; then "
    "nothing measured on the test rows is honest any more, and every output says so).");
  v("folds", c.folds, InRange(2, 100),
    "fitness-split folds: how many; an individual costs as many trainings.");
  v("look-by", c.look_by,
    "first-looks: whether a smaller budget means fewer epochs or fewer training rows.");
  v("inner-validation", c.inner_validation, InRange(0.01, 0.9),
    "Part of the training rows that validates where the split has no 'val'.");
  v("standardize", c.standardize, "Scale each column to mean 0 and sd 1 of the training rows.");
  v("fresh", c.fresh, "Start over: remove what an earlier run left in --out.");
}

}  // namespace kallos::ga
