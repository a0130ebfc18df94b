#include "eval/robustness/view_predictions.h"

#include <algorithm>
#include <map>
#include <set>

#include "eval/robustness/fill_views.h"
#include "eval/robustness/view_stores.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/model/split_rows.h"
#include "lib/store/joined.h"
#include "lib/store/manifest.h"

namespace kallos::eval {
namespace {

store::Manifest JudgedRows(const RobustnessConfig& config, std::vector<std::string>& notes) {
  store::Manifest manifest = store::ReadManifest(config.manifest);
  model::NoteRows(manifest.rows, config.split, notes);
  std::erase_if(manifest.rows, [&](const store::ManifestRow& row) {
    return !row.label || !model::IsInSplit(row, config.split);
  });
  if (manifest.rows.empty())
    throw InputError(
        "{}: no labelled row of split '{}'; see its columns split, benchmark and label",
        PathText(config.manifest), config.split);
  return manifest;
}

ViewSource SourceOf(const RobustnessConfig& config, uint64_t seed, RunRecord& record) {
  const std::string manifest = Sha256OfFile(config.manifest);
  record.AddInput(PathText(config.bundle), Sha256OfFile(config.bundle / "bundle.yaml"));
  record.AddInput(PathText(config.manifest), manifest);
  for (const fs::path& file : config.weights) record.AddInput(PathText(file), Sha256OfFile(file));
  ViewSource source{manifest + " " + config.split, config.device, seed};
  if (config.denoiser) {
    source.denoiser = Sha256OfFile(*config.denoiser);
    record.AddInput(PathText(*config.denoiser), source.denoiser);
  }
  return source;
}

using ProbabilityById = std::map<std::string, double>;

ProbabilityById ProbabilitiesOf(const model::Bundle& bundle, const std::vector<fs::path>& stores) {
  const store::JoinedFeatures joined = store::JoinStores(stores);
  const std::vector<double> probabilities = model::Predict(bundle, joined.features);
  ProbabilityById by_id;
  for (size_t i = 0; i < probabilities.size(); ++i)
    by_id[joined.manifest.rows[i].id] = probabilities[i];
  return by_id;
}

// Once for each photograph, with the first view in which it failed.
void AddSkipped(const View& view, const std::vector<fs::path>& stores,
                std::map<std::string, store::Skipped>& skipped) {
  for (const fs::path& folder : stores) {
    const store::FeatureStore opened(folder);
    for (store::Skipped row : opened.skipped()) {
      if (view.transform) row.reason = view.Name() + ": " + row.reason;
      skipped.emplace(row.id, row);
    }
  }
}

std::vector<measures::Prediction> PredictionsOf(const std::vector<store::ManifestRow>& rows,
                                                const std::string& split,
                                                const ProbabilityById& by_id) {
  std::vector<measures::Prediction> predictions;
  for (const store::ManifestRow& row : rows)
    predictions.push_back(model::PredictionOf(row, split, by_id.at(row.id)));
  return predictions;
}

}  // namespace

AllViews PredictViews(const RobustnessConfig& config, uint64_t seed, RunRecord& record) {
  AllViews out;
  store::Manifest photographs = JudgedRows(config, out.notes);
  const model::Bundle bundle = model::LoadVerdictBundle(config.bundle);
  const ViewStores stores(config.ViewsFolder(), bundle.parts, SourceOf(config, seed, record));
  if (config.fresh) stores.RemoveAll();
  const std::vector<View> views = ViewsOf(config);
  std::vector<View> unfinished;
  std::ranges::remove_copy_if(views, std::back_inserter(unfinished),
                              [&](const View& view) { return stores.AreFinished(view); });
  if (!unfinished.empty()) FillViews(stores, unfinished, bundle, photographs, config, seed);

  std::vector<ProbabilityById> by_view;
  std::map<std::string, store::Skipped> skipped;
  for (const View& view : views) {
    by_view.push_back(ProbabilitiesOf(bundle, stores.FoldersOf(view)));
    AddSkipped(view, stores.FoldersOf(view), skipped);
  }
  std::erase_if(photographs.rows,
                [&](const store::ManifestRow& row) { return skipped.contains(row.id); });
  if (photographs.rows.empty())
    throw InputError("none of the photographs could be judged in every view; the first: {}: {}",
                     skipped.begin()->second.path, skipped.begin()->second.reason);
  std::ranges::sort(photographs.rows, {}, &store::ManifestRow::id);
  for (size_t v = 0; v < views.size(); ++v)
    out.views.push_back({views[v], PredictionsOf(photographs.rows, config.split, by_view[v])});
  for (const auto& [id, row] : skipped) out.skipped.push_back(row);
  return out;
}

}  // namespace kallos::eval
