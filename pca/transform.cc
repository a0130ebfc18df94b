#include "pca/transform.h"

#include <algorithm>
#include <numeric>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/log.h"
#include "lib/core/progress.h"
#include "lib/core/stop.h"
#include "lib/core/text.h"
#include "lib/model/reduction.h"
#include "lib/parallel/parallel.h"

namespace kallos::pca {
namespace {

// Shards in memory at once: reading, packing and writing use one thread each.
size_t ShardsAtOnce() {
  return std::clamp(Threads(), 1, 4);
}

store::StoreInfo ResultInfo(const TransformConfig& config, const model::Reduction& model,
                            const store::FeatureStore& features) {
  const std::string name = PathText(config.model);
  const std::string sha256 = Sha256OfFile(config.model);
  const bool reduced = model::IsReducedBy(features.info(), sha256);
  store::StoreInfo info;
  if (config.inverse) {
    if (!reduced)
      throw InputError(
          "{}: '{}' (fingerprint {}) are not scores of {} (SHA-256 {}), which --inverse takes",
          PathText(config.features), features.info().extractor, features.info().fingerprint, name,
          sha256);
    info = model::ReconstructedInfo(model, features.info(), sha256);
  } else {
    if (reduced)
      throw InputError("{}: '{}' are scores of {} already; --inverse turns them back",
                       PathText(config.features), features.info().extractor, name);
    model::RequireSource(model, features.info(), name);
    info = model::ReducedInfo(model, features.info(), sha256);
  }
  info.half = config.half;
  return info;
}

// The rows of the new store: those of the old one, then those that it skipped.
store::Manifest AllRows(const store::FeatureStore& features) {
  store::Manifest manifest = features.manifest();
  for (const store::Skipped& skipped : features.skipped()) {
    store::ManifestRow row;
    row.id = skipped.id;
    row.extra.resize(manifest.extra_columns.size());
    manifest.rows.push_back(row);
  }
  return manifest;
}

class Transformer {
 public:
  Transformer(const TransformConfig& config, const model::Reduction& model,
              const store::FeatureStore& features, const store::StoreWriter& writer)
      : config_(config), model_(model), features_(features), writer_(writer) {}

  void Run() const {
    std::vector<int64_t> missing;
    for (int64_t shard = 0; shard < writer_.shard_count(); ++shard) {
      if (!writer_.HasShard(shard)) missing.push_back(shard);
    }
    Progress progress("transform", "shards", writer_.shard_count(),
                      writer_.shard_count() - missing.size());
    for (size_t first = 0; first < missing.size(); first += ShardsAtOnce()) {
      ThrowIfStopRequested();
      ParallelFor(std::min(ShardsAtOnce(), missing.size() - first), [&](size_t i) {
        const int64_t shard = missing[first + i];
        writer_.WriteShard(shard, Make(shard));
        progress.Add();
      });
    }
  }

 private:
  store::Shard Make(int64_t index) const {
    const auto [first, last] = writer_.RowsOfShard(index);
    const int64_t kept = std::clamp(features_.rows(), first, last);
    store::Shard shard;
    for (int64_t i = first; i < kept; ++i) {
      const store::ManifestRow& row = features_.manifest().rows[i];
      shard.ids.push_back(row.id);
      shard.labels.push_back(static_cast<int8_t>(row.label.value_or(-1)));
    }
    for (int64_t i = kept; i < last; ++i)
      shard.skipped.push_back(features_.skipped()[i - features_.rows()]);
    shard.features = Project(first, kept);
    return shard;
  }

  Matrix<float> Project(int64_t first, int64_t last) const {
    if (first == last) return {};
    std::vector<int64_t> rows(last - first);
    std::iota(rows.begin(), rows.end(), first);
    const Matrix<float> values = features_.ReadRows(rows);
    return config_.inverse ? model::InverseTransform(model_, values.View())
                           : Transform(model_, values.View());
  }

  const TransformConfig& config_;
  const model::Reduction& model_;
  const store::FeatureStore& features_;
  const store::StoreWriter& writer_;
};

}  // namespace

void RunTransform(const TransformConfig& config, RunContext& context) {
  std::error_code absent;
  if (fs::equivalent(config.features, config.out, absent))
    throw UsageError("--out {}: this is the store to read; choose another folder",
                     PathText(config.out));
  const store::FeatureStore features(config.features);
  const model::Reduction model = model::ReadReduction(config.model);
  const store::StoreInfo info = ResultInfo(config, model, features);
  const store::StoreWriter writer(config.out, info, AllRows(features), config.rows_per_shard,
                                  ".lock", config.fresh);
  Transformer(config, model, features, writer).Run();
  KALLOS_CHECK(writer.FinishIfComplete());
  context.record.AddInput(PathText(config.features), features.content_hash());
  context.record.AddInput(PathText(config.model), Sha256OfFile(config.model));
  context.record.AddCount("rows", features.rows());
  context.record.AddCount("dimension", info.dimension);
  context.record.Write(config.out);
  LogInfo("{}: {} rows x {} features", PathText(config.out), FormatCount(features.rows()),
          FormatCount(info.dimension));
}

}  // namespace kallos::pca
