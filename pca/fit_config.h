// The flags of kallos-pca fit.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/config/config.h"
#include "pca/model.h"
#include "pca/training_rows.h"

namespace kallos::pca {

struct FitConfig {
  std::filesystem::path features;
  std::optional<std::filesystem::path> manifest;
  Rows rows = Rows::kTrain;
  std::filesystem::path out;
  Method method = Method::kPca;
  std::optional<int64_t> components;
  std::optional<double> variance;
  bool half = false;
  bool whiten = false;
  bool force = false;
  int64_t repeat = 1;
  std::optional<double> memory;
  int64_t checkpoint_seconds = 120;
  bool fresh = false;
};

void Validate(const FitConfig& config, Violations& violations);

}  // namespace kallos::pca

namespace kallos {

template <>
struct EnumNames<pca::Method> {
  static std::vector<std::pair<pca::Method, std::string>> Table() {
    return {{pca::Method::kPca, "pca"}, {pca::Method::kRandomized, "randomized"}, {pca::Method::kIca, "ica"}};
  }
};

template <>
struct EnumNames<pca::Rows> {
  static std::vector<std::pair<pca::Rows, std::string>> Table() {
    return {{pca::Rows::kTrain, "train"}, {pca::Rows::kTrainVal, "train+val"}, {pca::Rows::kAll, "all"}};
  }
};

namespace pca {

template <class V>
void Describe(V& v, FitConfig& c) {
  v("features", c.features, Required(), "Feature store to reduce.");
  v("manifest", c.manifest, "Manifest whose split replaces that inside the store.");
  v("rows", c.rows, "Which rows to fit on; rows without a split count as train.");
  v("out", c.out, Required(), "The model to write, such as pca.h5.");
  v("method", c.method, "pca = exact; randomized = approximate, seeded; ica = FastICA after exact PCA.");
  v("components", c.components, AtLeast(1), "Number of components.");
  v("variance", c.variance, InRange(0, 1), "As many components as explain this part of the variance.");
  v("half", c.half, "Half as many components as columns: the published reduction.");
  v("whiten", c.whiten, "Scores of unit variance.");
  v("force", c.force, "Allow more components than the numerical rank; the rest are arbitrary directions, seeded.");
  v("repeat", c.repeat, InRange(1, 1'000'000),
    "Count every row so often: the published way to more components than rows. Changes no direction.");
  v("memory", c.memory, Above(0), "GiB that may be used; otherwise what the machine has available.");
  v("checkpoint-seconds", c.checkpoint_seconds, AtLeast(0), "Time between checkpoints, beside --out; 0 = every block.");
  v("fresh", c.fresh, "Start over: ignore a checkpoint, replace a model that is already there.");
}

}  // namespace pca
}  // namespace kallos
