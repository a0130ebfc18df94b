// Independent components of rows that a PCA has whitened.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "lib/core/enum_names.h"
#include "lib/model/reduction.h"
#include "pca/checkpoint.h"
#include "pca/training_rows.h"

namespace kallos::pca {

// The contrast G (Hyvarinen & Oja 2000), of which the derivative g and its slope are used:
// kLogcosh: G = log cosh(alpha u) / alpha, kExp: G = -exp(-u^2 / 2), kCube: G = u^4 / 4 (kurtosis).
enum class Contrast { kLogcosh, kExp, kCube };
inline NamedValues<Contrast> EnumTable(Contrast) {
  using enum Contrast;
  return {{kLogcosh, "logcosh"}, {kExp, "exp"}, {kCube, "cube"}};
}

// Defaults are those of scikit-learn's FastICA.
struct IcaSettings {
  Contrast contrast = Contrast::kLogcosh;
  double alpha = 1;              // of kLogcosh, 1 .. 2
  double tolerance = 1e-4;       // converged when no row of the rotation changed by more
  int64_t max_iterations = 200;  // >= 1
  uint64_t seed = 0;
  CheckpointSettings checkpoint;
  std::function<void(int64_t iteration, double change)> on_iteration{};  // after each, from 1
};

struct IcaFit {
  model::Reduction model;
  std::vector<double> shares;  // k: what each source explains of the total variance, descending
  bool converged = false;
  int64_t iterations = 0;
  double change = 0;  // of the last iteration: max over rows of |1 - |<new, old>||
};

// Peak memory in bytes; the whitened rows (8 * rows * components) are held.
uint64_t IcaBytes(const TrainingRows& rows, int64_t components);

// Parallel FastICA: the fixed-point iteration for all sources at once, made orthogonal
// symmetrically after each step (Hyvarinen, IEEE Trans. Neural Networks 10, 1999; Hyvarinen & Oja,
// Neural Networks 13, 2000). `pca` was fitted on the same rows and gives the whitening; as many
// sources as it has components. In the result
//   sources = (x - mean) * components^T have unit variance (by the denominator of `pca`) and are
//   uncorrelated, x ~= mean + sources * mixing, with the same error as the PCA's reconstruction.
// Sources descend by explained share, |row of mixing|^2 / total variance; the entry of largest
// magnitude in each row of `mixing` (the first of several) is positive. What the model says of
// variances is of the PCA. Sources that are not non-Gaussian cannot be told apart. Not converged: a
// warning in the log and `converged` = false; the caller decides. Goes on from the checkpoint of
// the rotation where there is one (the rows are whitened again); the result is the same byte for
// byte. A stop request ends in a checkpoint and InterruptedError; the iteration that it struck is
// lost. Throws InputError where `pca` has more components than the rows have dimensions, or the
// checkpoint is of another fit or damaged, UsageError for impossible settings.
IcaFit FitFastIca(const TrainingRows& rows, const model::Reduction& pca,
                  const IcaSettings& settings);

}  // namespace kallos::pca
