// kallos-pca transform: a feature store to a feature store.
#pragma once

#include <cstdint>
#include <filesystem>

#include "lib/run/run.h"

namespace kallos::pca {

struct TransformConfig {
  std::filesystem::path features;
  std::filesystem::path model;
  std::filesystem::path out;
  bool inverse = false;
  bool half = false;
  int64_t rows_per_shard = 256;
  bool fresh = false;
};

template <class V>
void Describe(V& v, TransformConfig& c) {
  v("features", c.features, Required(),
    "Feature store to reduce, or with --inverse the reduced one.");
  v("model", c.model, Required(), "The model, such as pca.h5.");
  v("out", c.out, Required(), "Folder of the new store.");
  v("inverse", c.inverse, "From scores of this model back to features.");
  v("half", c.half, "Store float16.");
  v("rows-per-shard", c.rows_per_shard, InRange(1, 1'000'000), "Rows in one file of the store.");
  v("fresh", c.fresh, "Start over: remove what an earlier run made in --out.");
}

// Ids, labels, manifest and skipped rows travel along. Resumable; equal inputs give equal bytes.
// Throws InputError when the features are not those that the model (or its inverse) takes.
void RunTransform(const TransformConfig& config, RunContext& context);

}  // namespace kallos::pca
