// Approximate PCA of rows that need not fit in memory: randomised SVD.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "lib/core/enum_names.h"
#include "lib/model/reduction.h"
#include "pca/checkpoint.h"
#include "pca/training_rows.h"

namespace kallos::pca {

// What keeps the vectors apart between two products. kAuto: none for up to 2
// power iterations, else LU.
enum class Normalisation { kAuto, kNone, kLu, kQr };
inline NamedValues<Normalisation> EnumTable(Normalisation) {
  using enum Normalisation;
  return {{kAuto, "auto"}, {kNone, "none"}, {kLu, "lu"}, {kQr, "qr"}};
}

// Defaults are those of scikit-learn 1.1, PCA(svd_solver="randomized").
struct RandomizedSettings {
  int64_t components = 0;    // k, 1 .. min(rows, columns)
  int64_t oversamples = 10;  // more vectors than components, as far as there are rows and columns
  // 7 by default, or 4 where k >= a tenth of min(rows, columns).
  std::optional<int64_t> power_iterations;
  Normalisation normalisation = Normalisation::kAuto;
  int64_t repeat = 1;  // each row counts so often
  uint64_t seed = 0;
  CheckpointSettings checkpoint;
  std::function<void(int64_t rows)> on_block;  // after each block, with its rows
};

int64_t PowerIterations(const TrainingRows& rows, const RandomizedSettings& settings);
// How often FitRandomized reads all rows when nothing stops it: 2 * power iterations + 3.
int64_t RandomizedPasses(const TrainingRows& rows, const RandomizedSettings& settings);
// Peak memory in bytes. With l = components + oversamples: mostly 8 * l * (rows + columns).
uint64_t RandomizedBytes(const TrainingRows& rows, const RandomizedSettings& settings);

// Halko, Martinsson & Tropp, SIAM Review 53 (2011), algorithm 4.4 (subspace iteration) and 5.1, on
// the transposed matrix (one variant of scikit-learn's randomized_svd, there for wide matrices,
// here for all: the large QR factorisation is then that of l x columns). Fills everything of the
// model but `source` and `whiten`; `spectrum` holds all l variances, `rank` is at most l, and the
// total variance is exact. Components beyond the rank are arbitrary. Goes on from the checkpoint
// where there is one; the result is the same byte for byte. Checkpoints are between passes: a stop
// request ends in one and in InterruptedError, and only the pass that it struck is read again.
// Throws InputError when all rows are equal or the checkpoint is of another fit or damaged,
// UsageError for impossible settings.
model::Reduction FitRandomized(const TrainingRows& rows, const RandomizedSettings& settings);

}  // namespace kallos::pca
