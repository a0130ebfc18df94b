// The flags of kallos-pca fit.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/model/reduction.h"
#include "pca/fast_ica.h"
#include "pca/randomized.h"
#include "pca/training_rows.h"

namespace kallos::pca {

struct FitConfig {
  std::filesystem::path features;
  std::optional<std::filesystem::path> manifest;
  Rows rows = Rows::kTrain;
  std::filesystem::path out;
  model::ReductionMethod method = model::ReductionMethod::kPca;
  std::optional<int64_t> components;
  std::optional<double> variance;
  bool half = false;
  bool whiten = false;
  bool force = false;
  int64_t repeat = 1;
  int64_t oversamples = 10;
  std::optional<int64_t> power_iterations;
  Normalisation normalisation = Normalisation::kAuto;
  Contrast contrast = Contrast::kLogcosh;
  double alpha = 1;
  double tolerance = 1e-4;
  int64_t max_iterations = 200;
  std::optional<double> memory;
  std::string device = "cpu";
  int64_t checkpoint_seconds = 120;
  bool fresh = false;
};

void Validate(const FitConfig& config, Violations& violations);

template <class V>
void Describe(V& v, FitConfig& c) {
  v("features", c.features, Required(), "Feature store to reduce.");
  v("manifest", c.manifest, "Manifest whose split replaces that inside the store.");
  v("rows", c.rows, "Which rows to fit on; rows without a split count as train.");
  v("out", c.out, Required(), "The model to write, such as pca.h5.");
  v("method", c.method,
    "pca = exact; randomized = approximate, seeded; ica = FastICA after exact PCA.");
  v("components", c.components, AtLeast(1), "Number of components.");
  v("variance", c.variance, InRange(0, 1),
    "As many components as explain this part of the variance.");
  v("half", c.half, "Half as many components as columns: the published reduction.");
  v("whiten", c.whiten, "Scores of unit variance.");
  v("force", c.force,
    "Allow more components than the numerical rank; the rest are arbitrary directions, seeded.");
  v("repeat", c.repeat, InRange(1, 1'000'000),
    "Count every row so often: the published way to more components than rows. Changes no "
    "direction.");
  v("oversamples", c.oversamples, AtLeast(0), "randomized: more random vectors than components.");
  v("power-iterations", c.power_iterations, InRange(0, 1000),
    "randomized: 7 where not given, 4 where components are a tenth of the smaller side or more.");
  v("normalisation", c.normalisation,
    "randomized: between power iterations; auto = none for up to 2, else lu.");
  v("contrast", c.contrast, "ica: contrast function.");
  v("alpha", c.alpha, InRange(1, 2), "ica: of logcosh.");
  v("tolerance", c.tolerance, Above(0),
    "ica: converged when no row of the rotation changes by more.");
  v("max-iterations", c.max_iterations, AtLeast(1), "ica: give up after so many.");
  v("memory", c.memory, Above(0),
    "GiB that may be used; otherwise what the machine has available.");
  v("device", c.device,
    "cpu, cuda, cuda:1 or auto: where pca and ica compute covariance and eigenvectors. Other "
    "devices than cpu give "
    "the same to rounding, and count as another fit.");
  v("checkpoint-seconds", c.checkpoint_seconds, AtLeast(0),
    "Time between checkpoints, beside --out; 0 = after every step.");
  v("fresh", c.fresh, "Start over: ignore a checkpoint, replace a model that is already there.");
}

}  // namespace kallos::pca
