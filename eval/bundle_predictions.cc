#include "eval/bundle_predictions.h"

#include <algorithm>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/model/bundle.h"
#include "lib/model/rater.h"
#include "lib/model/split_rows.h"
#include "lib/store/joined.h"

namespace kallos::eval {
namespace {

using store::ManifestRow;

// Where there are several bundles, the stores that this one was trained on, in its order.
std::vector<fs::path> StoresOf(const model::Bundle& bundle, const BenchmarkConfig& config,
                               const fs::path& name) {
  if (config.bundle.size() == 1) return config.features;
  std::vector<fs::path> stores;
  for (const model::BundlePart& part : bundle.parts) {
    const auto found = std::ranges::find_if(config.features, [&](const fs::path& folder) {
      return store::FeatureStore(folder).info().fingerprint == part.fingerprint;
    });
    if (found == config.features.end())
      throw InputError("{}: none of --features is the store of {} that it was trained on: {}",
                       PathText(name), part.extractor, part.description);
    stores.push_back(*found);
  }
  return stores;
}

model::BundlePredictions FromFeatures(const BenchmarkConfig& config,
                                      const std::vector<fs::path>& stores,
                                      const model::Bundle& bundle, RunRecord& record) {
  const store::JoinedFeatures joined = store::JoinStores(stores, config.manifest);
  model::RequireSameExtractors(bundle, joined.parts);
  for (const store::StoreInfo& part : joined.parts)
    record.AddInput(part.extractor, part.fingerprint);
  return model::PredictSplit(bundle, joined, {stores, config.manifest}, config.Split());
}

model::BundlePredictions FromPhotographs(const BenchmarkConfig& config, const model::Bundle& bundle,
                                         RunRecord& record) {
  const store::Manifest manifest = store::ReadManifest(*config.manifest);
  for (const fs::path& file : config.weights) record.AddInput(PathText(file), Sha256OfFile(file));
  std::vector<const ManifestRow*> rows;
  std::vector<model::PhotoFile> photos;
  for (const ManifestRow& row : manifest.rows) {
    if (!row.label || !model::IsInSplit(row, config.Split())) continue;
    rows.push_back(&row);
    photos.push_back({manifest.PathOf(row), row.sha256});
  }
  model::BundlePredictions out;
  if (!photos.empty()) {
    const auto probabilities =
        model::PhotoProbabilities(bundle, photos, {config.weights, config.device, "benchmark"});
    for (size_t i = 0; i < rows.size(); ++i) {
      if (probabilities[i].ok()) {
        out.labelled.predictions.push_back(
            model::PredictionOf(*rows[i], config.Split(), probabilities[i].value()));
      } else {
        out.skipped.push_back({rows[i]->id, rows[i]->path, probabilities[i].reason()});
      }
    }
    if (out.labelled.predictions.empty())
      throw InputError("none of {} photographs could be read; the first: {}: {}", rows.size(),
                       out.skipped[0].path, out.skipped[0].reason);
    model::NoteRows(manifest.rows, config.Split(), out.labelled.notes);
  }
  model::Complete(bundle, config.Split(), "", out);
  return out;
}

}  // namespace

model::BundlePredictions PredictWithBundle(const BenchmarkConfig& config, size_t index,
                                           RunRecord& record) {
  const fs::path& folder = config.bundle[index];
  const model::Bundle bundle = model::LoadVerdictBundle(folder);
  record.AddInput(PathText(folder), Sha256OfFile(folder / "bundle.yaml"));
  if (config.manifest && index == 0)
    record.AddInput(PathText(*config.manifest), Sha256OfFile(*config.manifest));
  return config.features.empty()
             ? FromPhotographs(config, bundle, record)
             : FromFeatures(config, StoresOf(bundle, config, folder), bundle, record);
}

}  // namespace kallos::eval
