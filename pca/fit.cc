#include "pca/fit.h"

#include <algorithm>
#include <numeric>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/lock.h"
#include "lib/core/log.h"
#include "lib/core/memory.h"
#include "lib/core/output_folder.h"
#include "lib/core/text.h"
#include "pca/algebra.h"
#include "pca/exact.h"
#include "pca/spectrum.h"

namespace kallos::pca {
namespace {

constexpr double kGiB = 1024.0 * 1024 * 1024;
// Behind the name of the model, what an unfinished fit goes on from: the sums or passes over the
// rows; with ICA, then its PCA, and the rotation.
constexpr const char* kPartial = ".partial";
constexpr const char* kPartialPca = ".partial-pca";
constexpr const char* kPartialIca = ".partial-ica";

fs::path Beside(const fs::path& path, const char* ending) {
  return path.parent_path() / (path.filename().string() + ending);
}

model::ReductionSource SourceOf(const store::FeatureStore& features, const TrainingRows& rows,
                                const FitConfig& config) {
  const store::StoreInfo& info = features.info();
  return {info.extractor,          info.description,      info.fingerprint,
          features.content_hash(), EnumName(config.rows), rows.rows() * config.repeat};
}

using Algebra = std::shared_ptr<const linalg::SymmetricAlgebra>;

// What a device adds to the key: nothing for the CPU; otherwise its kind, since its
// number says nothing of it.
std::string DeviceOf(const Algebra& algebra) {
  const std::string name = algebra->Name();
  return name == "cpu" ? "" : "device: " + name.substr(0, name.find(':')) + "\n";
}

// Everything that decides the model.
std::string KeyOf(const model::ReductionSource& source, const TrainingRows& rows,
                  const FitConfig& config, uint64_t seed, const Algebra& algebra) {
  Sha256 hash;
  const std::string settings = SettingsWithout(
      config, {"features", "manifest", "out", "memory", "checkpoint-seconds", "fresh", "device"});
  hash.Update(fmt::format("pca 1 {} {} {}\n{}{}", source.fingerprint, source.content_hash, seed,
                          settings, DeviceOf(algebra)));
  hash.Update(rows.store_rows().data(), rows.store_rows().size() * sizeof(int64_t));
  return hash.Hex();
}

int64_t MostComponents(const FitConfig& config, const TrainingRows& rows) {
  return std::min(rows.columns(), rows.rows() * config.repeat);
}

// The number of components where it does not depend on the data.
std::optional<int64_t> FixedCount(const FitConfig& config, const TrainingRows& rows) {
  if (config.half) return std::max<int64_t>(1, rows.columns() / 2);
  return config.components;
}

int64_t CountForVariance(const std::vector<double>& variances, double part) {
  const double total = std::accumulate(variances.begin(), variances.end(), 0.0);
  return *ComponentsFor(CumulatedShares(variances, total), part);
}

void RequireRank(int64_t count, int64_t rank, const FitConfig& config) {
  if (count <= rank || config.force) return;
  throw InputError(
      "{}: {} components were asked for, but the rows span only {} directions beyond rounding "
      "(equal or dependent "
      "rows, "
      "constant columns); ask for at most {}, or give --force, which fills up with arbitrary "
      "directions",
      PathText(config.features), count, rank, rank);
}

ChooseCount Chooser(const FitConfig& config, const TrainingRows& rows) {
  return [&config, &rows](const std::vector<double>& variances, int64_t rank) {
    const std::optional<int64_t> fixed = FixedCount(config, rows);
    const int64_t count =
        fixed ? *fixed : std::min(rank, CountForVariance(variances, *config.variance));
    RequireRank(count, rank, config);
    LogInfo("{} components; numerical rank {} of {} columns", FormatCount(count), FormatCount(rank),
            FormatCount(rows.columns()));
    return count;
  };
}

void RequirePossible(const FitConfig& config, const TrainingRows& rows) {
  const std::optional<int64_t> count = FixedCount(config, rows);
  const int64_t most = MostComponents(config, rows);
  if (!count || *count <= most) return;
  throw InputError(
      "{}: {} components were asked for, but {} rows of {} columns have at most {}; ask for fewer, "
      "fit on more rows "
      "(--rows train+val or all), or count each row several times (--repeat, with --force)",
      PathText(config.features), *count, rows.rows() * config.repeat, rows.columns(), most);
}

void RequireMemory(uint64_t bytes, const FitConfig& config) {
  const auto limit =
      config.memory ? static_cast<uint64_t>(*config.memory * kGiB) : AvailableMemory();
  LogInfo("peak memory about {}; {} {}", FormatBytes(bytes), FormatBytes(limit),
          config.memory ? "allowed by --memory" : "available");
  if (bytes <= limit) return;
  throw EnvironmentError(
      "the fit needs about {}, but {} {}; run it on a machine with more memory, ask for fewer "
      "components, or use "
      "--method randomized with few components",
      FormatBytes(bytes), FormatBytes(limit),
      config.memory ? "are allowed by --memory" : "are available");
}

void RemovePartials(const FitConfig& config) {
  for (const char* ending : {kPartial, kPartialPca, kPartialIca})
    fs::remove(Beside(config.out, ending));
}

// True when the model is there already.
bool AlreadyFitted(const FitConfig& config, const std::string& key) {
  if (config.fresh || !fs::exists(config.out)) return false;
  if (model::ReadReduction(config.out).key != key) {
    throw InputError(
        "{}: holds a model of other features or settings; --fresh replaces it, or give another "
        "--out",
        PathText(config.out));
  }
  LogInfo(
      "{}: already fitted on these rows with these settings; nothing to do (--fresh fits again)",
      PathText(config.out));
  return true;
}

CheckpointSettings CheckpointOf(const FitConfig& config, const std::string& key,
                                const char* ending) {
  return {Beside(config.out, ending), key, static_cast<double>(config.checkpoint_seconds)};
}

model::Reduction FitPca(const FitConfig& config, const TrainingRows& rows, const std::string& key,
                        uint64_t seed, const Algebra& algebra) {
  return FitExact(rows, {Chooser(config, rows), config.repeat, seed,
                         CheckpointOf(config, key, kPartial), algebra});
}

RandomizedSettings SettingsOfRandomized(const FitConfig& config, const TrainingRows& rows,
                                        const std::string& key, uint64_t seed) {
  return {*FixedCount(config, rows),
          config.oversamples,
          config.power_iterations,
          config.normalisation,
          config.repeat,
          seed,
          CheckpointOf(config, key, kPartial),
          {}};
}

model::Reduction FitApproximately(const FitConfig& config, const TrainingRows& rows,
                                  const std::string& key, uint64_t seed) {
  const RandomizedSettings settings = SettingsOfRandomized(config, rows, key, seed);
  model::Reduction model = FitRandomized(rows, settings);
  RequireRank(settings.components, model.rank, config);
  return model;
}

model::Reduction ReadPartialPca(const fs::path& file, const std::string& key) {
  model::Reduction pca;
  try {
    pca = model::ReadReduction(file);
  } catch (const Error& error) {
    throw Error(error.kind(), fmt::format("{}; --fresh starts over", error.what()));
  }
  if (pca.key != key)
    throw InputError("{}: the PCA of a fit with other features or settings; --fresh starts over",
                     PathText(file));
  LogInfo("going on after the PCA");
  return pca;
}

// Fitted once: kept until the sources are found.
model::Reduction PcaOfSources(const FitConfig& config, const TrainingRows& rows,
                              const model::ReductionSource& source, const std::string& key,
                              const Algebra& algebra, uint64_t seed) {
  const fs::path file = Beside(config.out, kPartialPca);
  if (fs::exists(file)) return ReadPartialPca(file, key);
  model::Reduction pca = FitPca(config, rows, key, seed, algebra);
  pca.source = source;
  pca.key = key;
  model::WriteReduction(file, pca);
  fs::remove(Beside(config.out, kPartial));
  return pca;
}

model::Reduction FitSources(const FitConfig& config, const TrainingRows& rows,
                            const model::ReductionSource& source, const std::string& key,
                            const Algebra& algebra, RunContext& context) {
  const model::Reduction pca = PcaOfSources(config, rows, source, key, algebra, context.seed);
  IcaFit fit = FitFastIca(rows, pca,
                          {config.contrast,
                           config.alpha,
                           config.tolerance,
                           config.max_iterations,
                           context.seed,
                           CheckpointOf(config, key, kPartialIca),
                           {}});
  context.record.AddCount("iterations", fit.iterations);
  context.record.AddFact("converged",
                         fit.converged ? "yes" : fmt::format("no, last change {:.2e}", fit.change));
  return std::move(fit.model);
}

int64_t MostWanted(const FitConfig& config, const TrainingRows& rows) {
  return FixedCount(config, rows).value_or(MostComponents(config, rows));
}

uint64_t PeakBytes(const FitConfig& config, const TrainingRows& rows, const Algebra& algebra) {
  const int64_t count = MostWanted(config, rows);
  if (config.method == model::ReductionMethod::kRandomized)
    return RandomizedBytes(rows, SettingsOfRandomized(config, rows, "", 0));
  return std::max(ExactBytes(rows, count, *algebra),
                  config.method == model::ReductionMethod::kIca ? IcaBytes(rows, count) : 0);
}

model::Reduction Fit(const FitConfig& config, const TrainingRows& rows,
                     const model::ReductionSource& source, const std::string& key,
                     const Algebra& algebra, RunContext& context) {
  RequireMemory(PeakBytes(config, rows, algebra), config);
  if (config.method != model::ReductionMethod::kRandomized)
    RequireDeviceMemory(rows, MostWanted(config, rows), *algebra);
  switch (config.method) {
    case model::ReductionMethod::kPca:
      return FitPca(config, rows, key, context.seed, algebra);
    case model::ReductionMethod::kRandomized:
      return FitApproximately(config, rows, key, context.seed);
    case model::ReductionMethod::kIca:
      return FitSources(config, rows, source, key, algebra, context);
  }
  throw BugError("method");
}

}  // namespace

void Validate(const FitConfig& config, Violations& violations) {
  const int ways = (config.components ? 1 : 0) + (config.variance ? 1 : 0) + (config.half ? 1 : 0);
  if (ways != 1) violations.push_back("give exactly one of --components, --variance and --half");
  if (config.variance && config.method != model::ReductionMethod::kPca)
    violations.push_back(
        "--variance needs --method pca: the others must know the number of components beforehand");
  if (config.whiten && config.method == model::ReductionMethod::kIca)
    violations.push_back(
        "--whiten does nothing with --method ica, whose sources have unit variance");
  if (config.repeat > 1 && config.method == model::ReductionMethod::kIca)
    violations.push_back("--repeat does nothing with --method ica");
  const auto only = [&](bool given, const char* flag, model::ReductionMethod method) {
    if (given && config.method != method)
      violations.push_back(fmt::format("--{} belongs to --method {}", flag, EnumName(method)));
  };
  if (config.device != "cpu" && config.method == model::ReductionMethod::kRandomized)
    violations.push_back("--device does nothing with --method randomized, which runs on the CPU");
  only(config.oversamples != 10, "oversamples", model::ReductionMethod::kRandomized);
  only(config.power_iterations.has_value(), "power-iterations",
       model::ReductionMethod::kRandomized);
  only(config.normalisation != Normalisation::kAuto, "normalisation",
       model::ReductionMethod::kRandomized);
  only(config.contrast != Contrast::kLogcosh, "contrast", model::ReductionMethod::kIca);
  only(config.alpha != 1, "alpha", model::ReductionMethod::kIca);
  only(config.tolerance != 1e-4, "tolerance", model::ReductionMethod::kIca);
  only(config.max_iterations != 200, "max-iterations", model::ReductionMethod::kIca);
}

void RunFit(const FitConfig& config, RunContext& context) {
  const Algebra algebra = MakeAlgebra(config.device);
  const fs::path folder = config.out.has_parent_path() ? config.out.parent_path() : fs::path(".");
  MakeFolder(folder);
  const FolderLock lock(folder, "." + config.out.filename().string() + ".lock");
  RemoveLeftovers(config.out);
  if (config.fresh) RemovePartials(config);
  const store::FeatureStore features(config.features);
  std::optional<store::Manifest> manifest;
  if (config.manifest) manifest = store::ReadManifest(*config.manifest, false);
  const TrainingRows rows(features, config.rows, manifest ? &*manifest : nullptr);
  const model::ReductionSource source = SourceOf(features, rows, config);
  const std::string key = KeyOf(source, rows, config, context.seed, algebra);
  RequirePossible(config, rows);
  if (AlreadyFitted(config, key)) {
    RemovePartials(config);  // of a run that was killed after its last step
    return;
  }
  LogInfo("{} rows x {} columns ({} of the store's {} rows)", FormatCount(rows.rows()),
          FormatCount(rows.columns()), EnumName(config.rows), FormatCount(features.rows()));
  model::Reduction model = Fit(config, rows, source, key, algebra, context);
  model.source = source;
  model.key = key;
  model.method = config.method;
  model.whiten = config.whiten;
  model::WriteReduction(config.out, model);
  RemovePartials(config);
  context.record.AddInput(PathText(config.features), features.content_hash());
  context.record.AddFact("device", algebra->Name());
  context.record.AddCount("rows", rows.rows());
  context.record.AddCount("columns", rows.columns());
  context.record.AddCount("components", model.outputs());
  context.record.AddCount("rank", model.rank);
  context.record.WriteAs(Beside(config.out, ".run.yaml"));
}

}  // namespace kallos::pca
