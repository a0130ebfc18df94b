#include "data/matrix_commands.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/log.h"
#include "lib/core/progress.h"
#include "lib/core/stop.h"
#include "lib/store/feature_store.h"
#include "lib/store/matrix_file.h"

namespace kallos::data {
namespace {

using store::Manifest;
using store::Shard;
using store::StoreInfo;

StoreInfo InfoOf(const PackConfig& config, const store::FloatTable& table) {
  StoreInfo info;
  const int64_t columns = table.values.columns();
  info.extractor = config.name;
  info.description = nlohmann::json({{"dimension", columns},
                                     {"made", "elsewhere"},
                                     {"name", config.name},
                                     {"precision", table.half ? "float16" : "float32"}})
                         .dump();
  info.fingerprint = Sha256Hex(info.description);
  info.dimension = columns;
  info.layers = {{config.name, 0, columns}};
  info.half = table.half;
  return info;
}

std::vector<std::string> IdsOf(const Manifest& manifest) {
  std::vector<std::string> ids;
  for (const store::ManifestRow& row : manifest.rows) ids.push_back(row.id);
  return ids;
}

// The same command again is welcome; other features never take the place of a
// finished store unasked.
void RequireSameFeatures(const PackConfig& config, const Matrix<float>& values) {
  const Matrix<float> there = store::FeatureStore(config.out).ReadAll();
  const bool same_shape = there.rows() == values.rows() && there.columns() == values.columns();
  if (same_shape &&
      std::equal(values.data(), values.data() + values.rows() * values.columns(), there.data()))
    return;
  throw InputError(
      "{}: holds a store with other features than {}; use --fresh to replace it, or another --out",
      PathText(config.out), config.matrix);
}

Shard ShardOf(const Matrix<float>& values, const Manifest& manifest, size_t first, size_t last) {
  Shard shard;
  shard.features = Matrix<float>(last - first, values.columns());
  for (size_t i = first; i < last; ++i) {
    const store::ManifestRow& row = manifest.rows[i];
    shard.ids.push_back(row.id);
    shard.labels.push_back(row.label.value_or(-1));
    std::copy(values.Row(i).begin(), values.Row(i).end(), shard.features.Row(i - first).begin());
  }
  return shard;
}

}  // namespace

void RunPack(const PackConfig& config, RunContext& context) {
  const Manifest manifest = store::ReadManifest(config.manifest, false);
  const store::FloatTable table = store::ReadMatrixFile(config.matrix, IdsOf(manifest));
  if (table.values.rows() != manifest.rows.size()) {
    throw InputError(
        "{} has {} rows, but {} has {}; row k of the matrix must be row k of the manifest",
        config.matrix, table.values.rows(), PathText(config.manifest), manifest.rows.size());
  }
  const store::StoreWriter writer(config.out, InfoOf(config, table), manifest,
                                  config.rows_per_shard, ".lock", config.fresh);
  if (writer.IsFinished()) RequireSameFeatures(config, table.values);
  Progress progress("pack", "rows", manifest.rows.size());
  for (int64_t shard = 0; shard < writer.shard_count(); ++shard) {
    ThrowIfStopRequested();
    const auto [first, last] = writer.RowsOfShard(shard);
    writer.WriteShard(shard, ShardOf(table.values, manifest, first, last));
    progress.Add(last - first);
  }
  KALLOS_CHECK(writer.FinishIfComplete());
  context.record.AddInput(PathText(config.manifest), Sha256OfFile(config.manifest));
  context.record.AddCount("rows", manifest.rows.size());
  context.record.Write(config.out);
}

void RunUnpack(const UnpackConfig& config, RunContext&) {
  const std::string file =
      config.out.substr(0, config.out.rfind(":/"));  // without the dataset of an HDF5 file
  if (config.rows && fs::weakly_canonical(*config.rows) == fs::weakly_canonical(file))
    throw UsageError("--out and --rows are both {}; give two files", file);
  const store::FeatureStore features(config.features);
  const Matrix<float> values = features.ReadAll();
  store::WriteMatrixFile(config.out, values.View(), features.info().half);
  if (config.rows) store::WriteManifest(*config.rows, features.manifest());
  LogInfo("{} x {} numbers written to {}", values.rows(), values.columns(), config.out);
}

}  // namespace kallos::data
