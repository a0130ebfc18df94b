#include "eval/bundle_predictions.h"

#include <algorithm>
#include <map>
#include <set>

#include "eval/judged_rows.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/text.h"
#include "lib/model/bundle.h"
#include "lib/model/rater.h"
#include "lib/store/joined.h"

namespace kallos::eval {
namespace {

using store::ManifestRow;

// What of the model was chosen on which rows.
void NoteTuning(const model::Bundle& bundle, std::vector<std::string>& notes) {
  notes.push_back(fmt::format(
      "Tuned on its validation rows: the epoch, and the temperature {:.3g} of the probabilities.",
      bundle.temperature));
  if (bundle.selection.empty()) return;
  const std::string columns = FormatCount(static_cast<int64_t>(bundle.selection.size()));
  if (bundle.selected_on == "test") {
    notes.push_back(
        fmt::format("SELECTED ON TEST: its {} columns were chosen by their fitness on test rows, "
                    "so what it reaches on them is no "
                    "estimate for new photographs.",
                    columns));
  } else {
    notes.push_back(fmt::format("Its {} columns were selected on: {}.", columns,
                                bundle.selected_on.empty() ? "not known" : bundle.selected_on));
  }
}

void NoteSkipped(const std::string& scope, BundlePredictions& out) {
  if (out.skipped.empty()) return;
  out.notes.push_back(
      fmt::format("{} photographs{} gave no features and do not count: skipped.csv says why.",
                  FormatCount(static_cast<int64_t>(out.skipped.size())), scope));
}

// Rows of the manifest that should count but have no features, or all that the stores skipped:
// those do not say of which split they were.
std::vector<store::Skipped> WithoutFeatures(const BenchmarkConfig& config,
                                            const std::vector<fs::path>& stores,
                                            const store::Manifest& joined) {
  std::map<std::string, store::Skipped> in_stores;
  for (const fs::path& folder : stores) {
    const store::FeatureStore opened(folder);
    for (const store::Skipped& row : opened.skipped()) in_stores.emplace(row.id, row);
  }
  std::vector<store::Skipped> out;
  if (!config.manifest) {
    for (const auto& [id, row] : in_stores) out.push_back(row);
    return out;
  }
  std::set<std::string> present;
  for (const ManifestRow& row : joined.rows) present.insert(row.id);
  for (const ManifestRow& row : store::ReadManifest(*config.manifest, false).rows) {
    if (!row.label || !IsInSplit(row, config.Split()) || present.contains(row.id)) continue;
    const auto known = in_stores.find(row.id);
    out.push_back({row.id, row.path,
                   known == in_stores.end() ? "not in the feature stores" : known->second.reason});
  }
  return out;
}

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

BundlePredictions FromFeatures(const BenchmarkConfig& config, const std::vector<fs::path>& stores,
                               const model::Bundle& bundle, RunRecord& record) {
  const store::JoinedFeatures joined = store::JoinStores(stores, config.manifest);
  model::RequireSameExtractors(bundle, joined.parts);
  for (const store::StoreInfo& part : joined.parts)
    record.AddInput(part.extractor, part.fingerprint);
  const std::vector<double> probabilities = model::Predict(bundle, joined.features);
  BundlePredictions out;
  for (size_t i = 0; i < probabilities.size(); ++i) {
    const ManifestRow& row = joined.manifest.rows[i];
    if (!row.label) continue;
    if (IsInSplit(row, config.Split())) {
      out.predictions.push_back(PredictionOf(row, config.Split(), probabilities[i]));
    } else if (row.split == "val" && row.benchmark.empty()) {
      out.validation.push_back(PredictionOf(row, "val", probabilities[i]));
    }
  }
  out.skipped = WithoutFeatures(config, stores, joined.manifest);
  NoteRows(joined.manifest.rows, config.Split(), out.notes);
  NoteSkipped(config.manifest ? "" : " (of any split)", out);
  return out;
}

BundlePredictions FromPhotographs(const BenchmarkConfig& config, const model::Bundle& bundle,
                                  RunRecord& record) {
  const store::Manifest manifest = store::ReadManifest(*config.manifest);
  for (const fs::path& file : config.weights) record.AddInput(PathText(file), Sha256OfFile(file));
  std::vector<const ManifestRow*> rows;
  std::vector<model::PhotoFile> photos;
  for (const ManifestRow& row : manifest.rows) {
    if (!row.label || !IsInSplit(row, config.Split())) continue;
    rows.push_back(&row);
    photos.push_back({manifest.PathOf(row), row.sha256});
  }
  BundlePredictions out;
  if (photos.empty()) return out;
  const auto probabilities =
      model::PhotoProbabilities(bundle, photos, {config.weights, config.device, "benchmark"});
  for (size_t i = 0; i < rows.size(); ++i) {
    if (probabilities[i].ok()) {
      out.predictions.push_back(PredictionOf(*rows[i], config.Split(), probabilities[i].value()));
    } else {
      out.skipped.push_back({rows[i]->id, rows[i]->path, probabilities[i].reason()});
    }
  }
  if (out.predictions.empty())
    throw InputError("none of {} photographs could be read; the first: {}: {}", rows.size(),
                     out.skipped[0].path, out.skipped[0].reason);
  NoteRows(manifest.rows, config.Split(), out.notes);
  NoteSkipped("", out);
  return out;
}

}  // namespace

BundlePredictions PredictWithBundle(const BenchmarkConfig& config, size_t index,
                                    RunRecord& record) {
  const fs::path& folder = config.bundle[index];
  const model::Bundle bundle = model::LoadBundle(folder);
  record.AddInput(PathText(folder), Sha256OfFile(folder / "bundle.yaml"));
  if (config.manifest && index == 0)
    record.AddInput(PathText(*config.manifest), Sha256OfFile(*config.manifest));
  BundlePredictions out =
      config.features.empty()
          ? FromPhotographs(config, bundle, record)
          : FromFeatures(config, StoresOf(bundle, config, folder), bundle, record);
  if (out.predictions.empty()) {
    throw InputError(
        "no labelled row of split '{}'; see the columns split, benchmark and label of the manifest",
        config.Split());
  }
  out.temperature = bundle.temperature;
  NoteTuning(bundle, out.notes);
  const auto by_id = [](const auto& a, const auto& b) { return a.id < b.id; };
  std::sort(out.predictions.begin(), out.predictions.end(), by_id);
  std::sort(out.skipped.begin(), out.skipped.end(), by_id);
  return out;
}

}  // namespace kallos::eval
