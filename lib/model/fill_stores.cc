#include "lib/model/fill_stores.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "lib/core/error.h"

namespace kallos::model {
namespace {

constexpr float kHalfMax = 65504.0f;

void CheckFitsHalf(const std::vector<float>& features, const store::ManifestRow& row) {
  for (const float value : features) {
    if (std::abs(value) > kHalfMax)
      throw InputError(
          "{}: a feature is {}, more than float16 holds; extract without --half into another --out",
          row.path, value);
  }
}

// The rows [first, first + results.size()) of the manifest as extractor k saw them.
store::Shard MakeShard(const store::Manifest& manifest, size_t first,
                       const std::vector<std::vector<Features>>& results, size_t k,
                       int64_t dimension, bool half) {
  store::Shard shard;
  std::vector<const std::vector<float>*> rows;
  for (size_t i = 0; i < results.size(); ++i) {
    const store::ManifestRow& row = manifest.rows[first + i];
    if (!results[i][k].ok()) {
      shard.skipped.push_back({row.id, row.path, results[i][k].reason()});
      continue;
    }
    if (half) CheckFitsHalf(results[i][k].value(), row);
    shard.ids.push_back(row.id);
    shard.labels.push_back(static_cast<int8_t>(row.label.value_or(-1)));
    rows.push_back(&results[i][k].value());
  }
  shard.features = Matrix<float>(rows.size(), static_cast<size_t>(dimension));
  for (size_t i = 0; i < rows.size(); ++i)
    std::copy(rows[i]->begin(), rows[i]->end(), shard.features.Row(i).begin());
  return shard;
}

// Whether a photograph of the shard could not be opened when it was made, and now can.
bool MissedPhotographs(const store::StoreWriter& writer, const store::Manifest& manifest,
                       int64_t shard) {
  const std::vector<store::Skipped> skipped = writer.SkippedOf(shard);
  return std::ranges::any_of(skipped, [&](const store::Skipped& row) {
    return row.reason.starts_with(kUnreachable) &&
           access((manifest.folder / row.path).c_str(), R_OK) == 0;
  });
}

std::vector<size_t> FillingsWithout(const std::vector<Filling>& fillings,
                                    const store::Manifest& manifest, int64_t shard) {
  std::vector<size_t> missing;
  for (size_t k = 0; k < fillings.size(); ++k) {
    const store::StoreWriter& writer = fillings[k].writer;
    if (!writer.HasShard(shard) || MissedPhotographs(writer, manifest, shard)) missing.push_back(k);
  }
  return missing;
}

// The extractors of a pass are those of `missing`; a change of inputs counts them by their filling.
Photo PhotoOf(const store::Manifest& manifest, const store::ManifestRow& row,
              const FillOptions& options, const std::vector<size_t>& missing) {
  Photo photo{manifest.PathOf(row), row.sha256, options.change(row)};
  if (!photo.change.input) return photo;
  photo.change.input = [input = photo.change.input, missing](const Picture8& picture, size_t j) {
    return input(picture, missing[j]);
  };
  return photo;
}

void FillShard(const std::vector<Filling>& fillings, const store::Manifest& manifest, int64_t shard,
               const FillOptions& options) {
  const std::vector<size_t> missing = FillingsWithout(fillings, manifest, shard);
  std::vector<const Extractor*> extractors;
  for (const size_t k : missing) extractors.push_back(&fillings[k].extractor);
  const auto [first, last] = fillings.front().writer.RowsOfShard(shard);
  std::vector<Photo> photos;
  for (int64_t i = first; i < last; ++i)
    photos.push_back(PhotoOf(manifest, manifest.rows[static_cast<size_t>(i)], options, missing));
  const auto results = ExtractPhotos(photos, extractors, options.photos);
  for (size_t j = 0; j < missing.size(); ++j) {
    const auto& [extractor, writer] = fillings[missing[j]];
    writer.Reopen();
    writer.WriteShard(shard, MakeShard(manifest, static_cast<size_t>(first), results, j,
                                       extractor.Info().dimension, options.half));
  }
}

}  // namespace

Work FindWork(const std::vector<Filling>& fillings, const store::Manifest& manifest, Part part) {
  Work work;
  const store::StoreWriter& writer = fillings.front().writer;
  for (int64_t shard = part.index; shard < writer.shard_count(); shard += part.count) {
    const auto [first, last] = writer.RowsOfShard(shard);
    const bool complete = FillingsWithout(fillings, manifest, shard).empty();
    work.photos += last - first;
    if (complete) work.done += last - first;
    if (!complete) work.shards.push_back(shard);
  }
  return work;
}

void FillStores(const std::vector<Filling>& fillings, const store::Manifest& manifest,
                const Work& work, const FillOptions& options) {
  for (const int64_t shard : work.shards) FillShard(fillings, manifest, shard, options);
}

}  // namespace kallos::model
