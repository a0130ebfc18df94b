// kallos-data pack and unpack: matrices of features made elsewhere to feature stores, and back.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "lib/run/run.h"

namespace kallos::data {

struct PackConfig {
  std::string matrix;
  std::filesystem::path manifest;
  std::filesystem::path out;
  std::string name = "own";
  int64_t rows_per_shard = 1024;
  bool fresh = false;
};

template <class V>
void Describe(V& v, PackConfig& c) {
  v("matrix", c.matrix, Required(),
    "The features, a row per photograph: x.npy, x.csv or x.h5:/dataset.");
  v("manifest", c.manifest, Required(),
    "The rows' manifest, in the order of the matrix; it needs no column 'path'.");
  v("out", c.out, Required(), "The feature store to make. Features of float16 stay float16.");
  v("name", c.name,
    "Name of the extractor; stores are mixed only where it and the number of columns agree.");
  v("rows-per-shard", c.rows_per_shard, AtLeast(1), "Rows in a file of the store.");
  v("fresh", c.fresh, "Start over: remove a store that is already there.");
}

struct UnpackConfig {
  std::filesystem::path features;
  std::string out;
  std::optional<std::filesystem::path> rows;
};

template <class V>
void Describe(V& v, UnpackConfig& c) {
  v("features", c.features, Required(), "The feature store.");
  v("out", c.out, Required(), "The matrix to write: x.npy, x.csv or x.h5:/dataset.");
  v("rows", c.rows, "Manifest of the rows to write, in the order of the matrix.");
}

void RunPack(const PackConfig& config, RunContext& context);
void RunUnpack(const UnpackConfig& config, RunContext& context);

}  // namespace kallos::data
