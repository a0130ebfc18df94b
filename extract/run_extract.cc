#include "extract/run_extract.h"

#include <deque>

#include "lib/core/csv.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/log.h"
#include "lib/core/progress.h"
#include "lib/core/text.h"
#include "lib/model/fill_stores.h"
#include "lib/store/feature_store.h"

namespace kallos::extract {
namespace {

store::StoreInfo StoredInfo(const model::Extractor& extractor, bool half) {
  store::StoreInfo info = extractor.Info();
  info.half = half;
  return info;
}

// One backbone with the store that it fills.
struct Target {
  Target(model::Extractor ready, const ExtractConfig& config, size_t k,
         const store::Manifest& manifest, const std::string& lock)
      : extractor(std::move(ready)),
        folder(config.out[k]),
        writer(folder, StoredInfo(extractor, config.half), manifest, config.shard_rows, lock,
               config.fresh, fmt::format("max-pixels {}", config.max_pixels)) {}

  model::Extractor extractor;
  std::filesystem::path folder;
  store::StoreWriter writer;
};

void WarnIfUntrained(const model::ExtractorSpec& spec) {
  if (!spec.random_seed) return;
  LogWarning(
      "{} has random weights (seed {}): an untrained network. Its features are good for trying the "
      "commands out; what is learned from them says little about photographs. Give --weights for "
      "real features",
      spec.backbone, *spec.random_seed);
}

std::deque<Target> MakeTargets(const ExtractConfig& config, const store::Manifest& manifest,
                               RunRecord& record) {
  const std::string lock =
      config.part.empty() ? ".lock"
                          : fmt::format(".lock-part-{}", Join(Split(config.part, '/'), "-of-"));
  std::deque<Target> targets;
  const std::vector<model::ExtractorSpec> specs = SpecsOf(config);
  for (size_t k = 0; k < specs.size(); ++k) {
    WarnIfUntrained(specs[k]);
    model::Extractor extractor(specs[k]);
    if (!specs[k].random_seed)
      record.AddInput(PathText(specs[k].weights), Sha256OfFile(specs[k].weights));
    targets.emplace_back(std::move(extractor), config, k, manifest, lock);
  }
  return targets;
}

void FillTargets(const ExtractConfig& config, const store::Manifest& manifest,
                 const std::deque<Target>& targets) {
  std::vector<model::Filling> fillings;
  for (const Target& target : targets) fillings.push_back({target.extractor, target.writer});
  const model::Work work = FindWork(fillings, manifest, *ParsePart(config.part));
  if (work.done > 0)
    LogInfo("{} of {} photographs were done before", FormatCount(work.done),
            FormatCount(work.photos));
  if (work.shards.empty()) return;
  Progress progress("extract", "photos", work.photos, work.done);
  model::FillOptions options;
  options.half = config.half;
  options.photos.max_pixels = config.max_pixels;
  options.photos.batch = config.batch;
  options.photos.on_photo = [&progress] { progress.Add(); };
  FillStores(fillings, manifest, work, options);
}

// Says which photographs of a part gave no features; returns their number.
int64_t ReportPart(const Target& target, model::Part part) {
  std::vector<store::Skipped> skipped;
  for (int64_t shard = part.index; shard < target.writer.shard_count(); shard += part.count) {
    for (const store::Skipped& row : target.writer.SkippedOf(shard)) skipped.push_back(row);
  }
  LogInfo(
      "{}: this part is done; the part that finishes last, or the command without --part, "
      "completes the store",
      PathText(target.folder));
  if (!skipped.empty())
    LogWarning("{}: {} photographs of this part skipped, the first: {}: {}",
               PathText(target.folder), skipped.size(), PathText(skipped[0].path),
               skipped[0].reason);
  return skipped.size();
}

// Returns how many photographs the finished store lacks.
int64_t Finish(const Target& target, const store::Manifest& manifest, const RunRecord& common) {
  RunRecord record = common;
  const CsvTable skipped = ReadCsv(target.folder / "skipped.csv");
  const int64_t lost = skipped.rows.size();
  const int64_t kept = std::ssize(manifest.rows) - lost;
  record.AddCount("photographs", kept);
  record.AddCount("skipped", lost);
  record.AddCount("dimension", target.extractor.Info().dimension);
  record.AddFact("extractor", target.extractor.Info().description);
  record.AddFact("device", target.extractor.device().Name());
  record.Write(target.folder);
  LogInfo("{}: {} photographs x {} features", PathText(target.folder), FormatCount(kept),
          FormatCount(target.extractor.Info().dimension));
  if (lost > 0)
    LogWarning("{}: {} photographs skipped, the first: {}: {} (all in {})", PathText(target.folder),
               lost, PathText(skipped.rows[0][1]), skipped.rows[0][2],
               PathText(target.folder / "skipped.csv"));
  return lost;
}

}  // namespace

void RunExtract(const ExtractConfig& config, RunContext& context) {
  const store::Manifest manifest = store::ReadManifest(config.manifest);
  if (manifest.rows.empty())
    throw InputError("{}: has no rows, so there is nothing to extract", PathText(config.manifest));
  context.record.AddInput(PathText(config.manifest), Sha256OfFile(config.manifest));
  const std::deque<Target> targets = MakeTargets(config, manifest, context.record);
  FillTargets(config, manifest, targets);
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
