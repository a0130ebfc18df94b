#include "extract/run_extract.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <deque>

#include "lib/core/csv.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/log.h"
#include "lib/core/progress.h"
#include "lib/core/text.h"
#include "lib/store/feature_store.h"

namespace kallos::extract {
namespace {

constexpr float kHalfMax = 65504.0f;

store::StoreInfo StoredInfo(const Extractor& extractor, bool half) {
  store::StoreInfo info = extractor.Info();
  info.half = half;
  return info;
}

// One backbone with the store that it fills.
struct Target {
  Target(Extractor ready, const ExtractConfig& config, size_t k, const store::Manifest& manifest,
         const std::string& lock)
      : extractor(std::move(ready)),
        folder(config.out[k]),
        writer(folder, StoredInfo(extractor, config.half), manifest, config.shard_rows, lock, config.fresh,
               fmt::format("max-pixels {}", config.max_pixels)) {}

  Extractor extractor;
  std::filesystem::path folder;
  store::StoreWriter writer;
};

void WarnIfUntrained(const ExtractorSpec& spec) {
  if (!spec.random_seed) return;
  LogWarning(
      "{} has random weights (seed {}): an untrained network. Its features are good for trying the commands out; what "
      "is learned from them says little about photographs. Give --weights for real features",
      spec.backbone, *spec.random_seed);
}

std::deque<Target> MakeTargets(const ExtractConfig& config, const store::Manifest& manifest, RunRecord& record) {
  const std::string lock =
      config.part.empty() ? ".lock" : fmt::format(".lock-part-{}", Join(Split(config.part, '/'), "-of-"));
  std::deque<Target> targets;
  const std::vector<ExtractorSpec> specs = SpecsOf(config);
  for (size_t k = 0; k < specs.size(); ++k) {
    WarnIfUntrained(specs[k]);
    Extractor extractor(specs[k]);
    if (!specs[k].random_seed) record.AddInput(PathText(specs[k].weights), Sha256OfFile(specs[k].weights));
    targets.emplace_back(std::move(extractor), config, k, manifest, lock);
  }
  return targets;
}

void CheckFitsHalf(const std::vector<float>& features, const store::ManifestRow& row) {
  for (const float value : features) {
    if (std::abs(value) > kHalfMax)
      throw InputError("{}: a feature is {}, more than float16 holds; extract without --half into another --out",
                       row.path, value);
  }
}

// The rows [first, first + results.size()) of the manifest as extractor k saw them.
store::Shard MakeShard(const store::Manifest& manifest, size_t first, const std::vector<std::vector<Features>>& results,
                       size_t k, const store::StoreInfo& info, bool half) {
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
  shard.features = Matrix<float>(rows.size(), static_cast<size_t>(info.dimension));
  for (size_t i = 0; i < rows.size(); ++i) std::copy(rows[i]->begin(), rows[i]->end(), shard.features.Row(i).begin());
  return shard;
}

std::vector<Photo> PhotosOf(const store::Manifest& manifest, std::pair<int64_t, int64_t> rows) {
  std::vector<Photo> photos;
  for (int64_t i = rows.first; i < rows.second; ++i) {
    const store::ManifestRow& row = manifest.rows[static_cast<size_t>(i)];
    photos.push_back({manifest.PathOf(row), row.sha256});
  }
  return photos;
}

// Whether a photograph of the shard could not be opened when it was made, and now can.
bool MissedPhotographs(const store::StoreWriter& writer, const store::Manifest& manifest, int64_t shard) {
  const std::vector<store::Skipped> skipped = writer.SkippedOf(shard);
  return std::ranges::any_of(skipped, [&](const store::Skipped& row) {
    return row.reason.starts_with(kUnreachable) && access((manifest.folder / row.path).c_str(), R_OK) == 0;
  });
}

// The shards of this part that some target lacks.
struct Work {
  std::vector<int64_t> shards;
  int64_t photos = 0;  // of all shards of the part
  int64_t done = 0;    // of those that need no work
};

std::vector<size_t> TargetsWithout(const std::deque<Target>& targets, const store::Manifest& manifest, int64_t shard) {
  std::vector<size_t> missing;
  for (size_t k = 0; k < targets.size(); ++k) {
    const store::StoreWriter& writer = targets[k].writer;
    if (!writer.HasShard(shard) || MissedPhotographs(writer, manifest, shard)) missing.push_back(k);
  }
  return missing;
}

Work FindWork(const std::deque<Target>& targets, const store::Manifest& manifest, Part part) {
  Work work;
  const store::StoreWriter& writer = targets.front().writer;
  for (int64_t shard = part.index; shard < writer.shard_count(); shard += part.count) {
    const auto [first, last] = writer.RowsOfShard(shard);
    const bool complete = TargetsWithout(targets, manifest, shard).empty();
    work.photos += last - first;
    if (complete) work.done += last - first;
    if (!complete) work.shards.push_back(shard);
  }
  return work;
}

void ExtractShard(const ExtractConfig& config, const store::Manifest& manifest, const std::deque<Target>& targets,
                  int64_t shard, Progress& progress) {
  const std::vector<size_t> missing = TargetsWithout(targets, manifest, shard);
  std::vector<const Extractor*> extractors;
  for (const size_t k : missing) extractors.push_back(&targets[k].extractor);
  PhotoOptions options;
  options.max_pixels = config.max_pixels;
  options.batch = config.batch;
  options.on_photo = [&progress] { progress.Add(); };
  const auto rows = targets.front().writer.RowsOfShard(shard);
  const auto results = ExtractPhotos(PhotosOf(manifest, rows), extractors, options);
  for (size_t j = 0; j < missing.size(); ++j) {
    const Target& target = targets[missing[j]];
    const auto first = static_cast<size_t>(rows.first);
    target.writer.Reopen();
    target.writer.WriteShard(shard, MakeShard(manifest, first, results, j, target.extractor.Info(), config.half));
  }
}

void ExtractShards(const ExtractConfig& config, const store::Manifest& manifest, const std::deque<Target>& targets) {
  const Work work = FindWork(targets, manifest, *ParsePart(config.part));
  if (work.done > 0) LogInfo("{} of {} photographs were done before", FormatCount(work.done), FormatCount(work.photos));
  if (work.shards.empty()) return;
  Progress progress("extract", "photos", work.photos, work.done);
  for (const int64_t shard : work.shards) ExtractShard(config, manifest, targets, shard, progress);
}

// Says which photographs of a part gave no features; returns their number.
int64_t ReportPart(const Target& target, Part part) {
  std::vector<store::Skipped> skipped;
  for (int64_t shard = part.index; shard < target.writer.shard_count(); shard += part.count) {
    for (const store::Skipped& row : target.writer.SkippedOf(shard)) skipped.push_back(row);
  }
  LogInfo("{}: this part is done; the part that finishes last, or the command without --part, completes the store",
          PathText(target.folder));
  if (!skipped.empty())
    LogWarning("{}: {} photographs of this part skipped, the first: {}: {}", PathText(target.folder), skipped.size(),
               PathText(skipped[0].path), skipped[0].reason);
  return static_cast<int64_t>(skipped.size());
}

// Returns how many photographs the finished store lacks.
int64_t Finish(const Target& target, const store::Manifest& manifest, const RunRecord& common) {
  RunRecord record = common;
  const CsvTable skipped = ReadCsv(target.folder / "skipped.csv");
  const auto lost = static_cast<int64_t>(skipped.rows.size());
  const int64_t kept = static_cast<int64_t>(manifest.rows.size()) - lost;
  record.AddCount("photographs", kept);
  record.AddCount("skipped", lost);
  record.AddCount("dimension", target.extractor.Info().dimension);
  record.AddFact("extractor", target.extractor.Info().description);
  record.AddFact("device", target.extractor.device().Name());
  record.Write(target.folder);
  LogInfo("{}: {} photographs x {} features", PathText(target.folder), FormatCount(kept),
          FormatCount(target.extractor.Info().dimension));
  if (lost > 0)
    LogWarning("{}: {} photographs skipped, the first: {}: {} (all in {})", PathText(target.folder), lost,
               PathText(skipped.rows[0][1]), skipped.rows[0][2], PathText(target.folder / "skipped.csv"));
  return lost;
}

}  // namespace

void RunExtract(const ExtractConfig& config, RunContext& context) {
  const store::Manifest manifest = store::ReadManifest(config.manifest);
  if (manifest.rows.empty())
    throw InputError("{}: has no rows, so there is nothing to extract", PathText(config.manifest));
  context.record.AddInput(PathText(config.manifest), Sha256OfFile(config.manifest));
  const std::deque<Target> targets = MakeTargets(config, manifest, context.record);
  ExtractShards(config, manifest, targets);
  int64_t lost = 0;
  for (const Target& target : targets) {
    if (target.writer.FinishIfComplete()) {
      lost += Finish(target, manifest, context.record);
    } else {
      lost += ReportPart(target, *ParsePart(config.part));
    }
  }
  if (config.strict && lost > 0) throw InputError("{} photographs were skipped (--strict)", lost);
}

}  // namespace kallos::extract
