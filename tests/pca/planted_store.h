// Feature stores with known content, for the tests of this folder.
#pragma once

#include <unistd.h>

#include <string>

#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/matrix.h"
#include "lib/core/rng.h"
#include "lib/store/feature_store.h"

namespace kallos::pca {

// rows x columns: sum of directions with standard deviations sd[i] (as many as given),
// plus a mean of column / 10.
inline Matrix<float> PlantedRows(size_t rows, size_t columns, const std::vector<double>& sd,
                                 uint64_t seed) {
  Matrix<double> directions(sd.size(), columns);
  Stream draw(seed, "test/directions");
  for (size_t i = 0; i < sd.size() * columns; ++i) directions.data()[i] = draw.Normal();
  for (size_t i = 0; i < sd.size(); ++i) {  // Gram-Schmidt
    for (size_t before = 0; before < i; ++before) {
      double dot = 0;
      for (size_t j = 0; j < columns; ++j) dot += directions(i, j) * directions(before, j);
      for (size_t j = 0; j < columns; ++j) directions(i, j) -= dot * directions(before, j);
    }
    double square = 0;
    for (const double x : directions.Row(i)) square += x * x;
    for (double& x : directions.Row(i)) x /= std::sqrt(square);
  }
  Matrix<float> values(rows, columns);
  for (size_t i = 0; i < rows; ++i) {
    Stream stream(seed, "test/rows", i);
    std::vector<double> row(columns);
    for (size_t j = 0; j < columns; ++j) row[j] = static_cast<double>(j) / 10;
    for (size_t d = 0; d < sd.size(); ++d) {
      const double score = sd[d] * stream.Normal();
      for (size_t j = 0; j < columns; ++j) row[j] += score * directions(d, j);
    }
    for (size_t j = 0; j < columns; ++j) values(i, j) = static_cast<float>(row[j]);
  }
  return values;
}

// Writes the rows as a store; row i has the split that split(i) says ("" = none).
inline store::StoreInfo WriteStore(const fs::path& folder, const Matrix<float>& values,
                                   int64_t rows_per_shard,
                                   const std::function<std::string(size_t)>& split = {},
                                   const std::string& name = "test") {
  store::Manifest manifest;
  manifest.folder = folder.parent_path();
  for (size_t i = 0; i < values.rows(); ++i) {
    store::ManifestRow row;
    row.id = fmt::format("row{:06}", i);
    row.path = row.id + ".jpg";
    row.label = static_cast<int>(i % 2);
    if (split) row.split = split(i);
    manifest.rows.push_back(row);
  }
  store::StoreInfo info;
  info.extractor = name;
  info.description = fmt::format(R"({{"name":"{}"}})", name);
  info.fingerprint = Sha256Hex(info.description);
  info.dimension = static_cast<int64_t>(values.columns());
  info.layers = {{name, 0, info.dimension}};
  const store::StoreWriter writer(folder, info, manifest, rows_per_shard);
  for (int64_t k = 0; k < writer.shard_count(); ++k) {
    const auto [first, last] = writer.RowsOfShard(k);
    store::Shard shard;
    shard.features = Matrix<float>(static_cast<size_t>(last - first), values.columns());
    for (int64_t i = first; i < last; ++i) {
      const auto row = static_cast<size_t>(i);
      shard.ids.push_back(manifest.rows[row].id);
      shard.labels.push_back(static_cast<int8_t>(*manifest.rows[row].label));
      std::ranges::copy(values.Row(row),
                        shard.features.Row(static_cast<size_t>(i - first)).begin());
    }
    writer.WriteShard(k, shard);
  }
  writer.FinishIfComplete();
  return info;
}

}  // namespace kallos::pca
