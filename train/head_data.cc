#include "train/head_data.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/log.h"
#include "train/inner_validation.h"

namespace kallos::train {
namespace {

bool Usable(const store::ManifestRow& row, Measured measured) {
  if (!row.label) return false;
  if (measured == Measured::kTest && row.split == "test") return true;
  return row.benchmark.empty() && (row.split.empty() || row.split == "train" || row.split == "val");
}

void WarnOfUnknownSplits(const store::Manifest& manifest) {
  std::map<std::string, int64_t> unknown;
  for (const store::ManifestRow& row : manifest.rows) {
    if (!row.split.empty() && row.split != "train" && row.split != "val" && row.split != "test")
      ++unknown[row.split];
  }
  for (const auto& [split, count] : unknown)
    LogWarning("{} rows of split '{}' take no part; the splits are train, val and test{}", count,
               split, DidYouMean(split, {"train", "val", "test"}));
}

void FitStandardization(HeadData& data) {
  const size_t columns = data.features.columns();
  std::vector<double> mean(columns), square(columns);
  const auto n = static_cast<double>(data.train_rows.size());
  for (const size_t row : data.train_rows) {
    for (size_t j = 0; j < columns; ++j) mean[j] += data.features(row, j) / n;
  }
  for (const size_t row : data.train_rows) {
    for (size_t j = 0; j < columns; ++j)
      square[j] += (data.features(row, j) - mean[j]) * (data.features(row, j) - mean[j]) / n;
  }
  for (size_t j = 0; j < columns; ++j) {
    data.frame.mean.push_back(static_cast<float>(mean[j]));
    data.frame.scale.push_back(square[j] > 1e-12 ? static_cast<float>(1 / std::sqrt(square[j]))
                                                 : 0.0f);  // a constant column says nothing
  }
}

void ApplyStandardization(HeadData& data) {
  for (size_t i = 0; i < data.features.rows(); ++i) {
    for (size_t j = 0; j < data.features.columns(); ++j)
      data.features(i, j) = (data.features(i, j) - data.frame.mean[j]) * data.frame.scale[j];
  }
}

// Which reduction a part has.
std::string KeyOf(const model::BundlePart& part) {
  return part.reduction ? fmt::format("{} {}", part.reduction->outputs(), part.reduction->key) : "";
}

// The head of a warm start and the standardisation that it was trained with.
void TakeInitial(const fs::path& folder, const HeadSettings& settings,
                 const std::vector<store::StoreInfo>& stores, HeadData& data) {
  model::Bundle initial = model::LoadVerdictBundle(folder);
  const std::string name = PathText(folder);
  model::RequireSameExtractors(initial, stores);
  for (size_t i = 0; i < initial.parts.size(); ++i) {
    if (KeyOf(initial.parts[i]) == KeyOf(data.frame.parts[i])) continue;
    throw InputError(
        "--initial {}: the features of {} are reduced otherwise there; give its {} as --pca, or "
        "none",
        name, initial.parts[i].extractor,
        initial.parts[i].reduction ? initial.parts[i].reduction_file : "features as they are");
  }
  if (initial.selection != data.frame.selection)
    throw InputError(
        "--initial {}: uses other columns; give its selection.csv as --selection, or none where it "
        "has none",
        name);
  if (initial.mean.empty() == settings.standardize)
    throw InputError("--initial {}: its features are {}standardized; give --{}standardize", name,
                     initial.mean.empty() ? "not " : "", initial.mean.empty() ? "no-" : "");
  std::vector<int64_t> hidden;
  for (size_t i = 0; i + 1 < initial.head.size(); ++i)
    hidden.push_back(initial.head[i].kernel.columns());
  if (hidden != settings.recipe.hidden)
    throw InputError("--initial {}: its head has --hidden {}, --hidden is {}", name,
                     fmt::join(hidden, ","), fmt::join(settings.recipe.hidden, ","));
  data.frame.head = std::move(initial.head);
  data.frame.mean = std::move(initial.mean);
  data.frame.scale = std::move(initial.scale);
}

void RequireFinite(const HeadData& data) {
  for (size_t i = 0; i < data.features.rows(); ++i) {
    for (size_t j = 0; j < data.features.columns(); ++j) {
      if (!std::isfinite(data.features(i, j)))
        throw InputError(
            "row '{}', head input {}: the feature is {} after --standardize; expected a finite "
            "number",
            data.ids[i], j, data.features(i, j));
    }
  }
}

// These columns of these rows; all columns where none are named.
Matrix<float> Columns(const Matrix<float>& all, const std::vector<size_t>& rows,
                      const std::vector<int64_t>& selection) {
  Matrix<float> out(rows.size(), selection.empty() ? all.columns() : selection.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    for (size_t j = 0; j < out.columns(); ++j)
      out(i, j) = all(rows[i], selection.empty() ? j : selection[j]);
  }
  return out;
}

// The same, without a copy where all is asked for.
Matrix<float> Columns(Matrix<float>&& all, const std::vector<size_t>& rows,
                      const std::vector<int64_t>& selection) {
  if (selection.empty() && rows.size() == all.rows()) return std::move(all);
  return Columns(std::as_const(all), rows, selection);
}

std::string KeyOf(HeadSettings settings, const HeadFiles& files, uint64_t seed,
                  const std::string& content_hash, const HeadData& data) {
  if (UsesDecay(settings.recipe.scheduler)) settings.recipe.decay = settings.recipe.Decay();
  // Where the stores and models lie does not matter, what they hold does.
  std::string reductions;
  for (const fs::path& model : files.pca) reductions += Sha256OfFile(model);
  const std::string initial =
      files.initial ? Sha256OfFile(*files.initial / "head.safetensors") : "";
  return Sha256Hex(fmt::format("{}|{}|{}|{}{}|{}|{}", SettingsWithout(settings, {}), seed,
                               content_hash, fmt::join(data.frame.selection, ","),
                               data.frame.selected_on, initial, reductions));
}

// Parts, reductions and selection.
model::Bundle FrameOf(const store::JoinedFeatures& joined, const HeadFiles& files) {
  model::Bundle frame;
  for (const store::StoreInfo& part : joined.parts)
    frame.parts.push_back({part.extractor, part.description, part.fingerprint, part.dimension});
  model::AttachReductions(files.pca, frame.parts);
  if (!files.selection) return frame;
  model::Selection selection = model::ReadSelectionCsv(*files.selection, frame.columns());
  frame.selection = std::move(selection.columns);
  frame.selected_on = std::move(selection.selected_on);
  return frame;
}

// A part of the training rows, which are `training`, validates.
void DrawValidation(const std::vector<const store::ManifestRow*>& training, double fraction,
                    uint64_t seed, HeadData& data) {
  LogInfo("no row of split 'val': {:.0f} % of the training rows validate (--inner-validation)",
          100 * fraction);
  const std::vector<size_t> train_rows = data.train_rows;
  for (const size_t i : InnerValidation(training, fraction, seed))
    data.validation_rows.push_back(train_rows[i]);
  std::ranges::sort(data.validation_rows);
  std::erase_if(data.train_rows,
                [&](size_t row) { return std::ranges::binary_search(data.validation_rows, row); });
}

// All of `data` that is by row, but the features. Returns which rows of the manifest those are.
std::vector<size_t> TakeRows(const store::Manifest& manifest, double inner_validation,
                             uint64_t seed, Measured measured, HeadData& data) {
  std::vector<size_t> used;
  std::vector<const store::ManifestRow*> training;
  for (size_t i = 0; i < manifest.rows.size(); ++i) {
    const store::ManifestRow& row = manifest.rows[i];
    if (!Usable(row, measured)) continue;
    const bool validates = row.split == (measured == Measured::kTest ? "test" : "val");
    (validates ? data.validation_rows : data.train_rows).push_back(used.size());
    if (!validates) training.push_back(&row);
    used.push_back(i);
    data.labels.push_back(*row.label);
    data.ids.push_back(row.id);
    data.groups.push_back(row.group);
  }
  WarnOfUnknownSplits(manifest);
  if (data.train_rows.empty()) {
    throw InputError(
        "no labelled row of split 'train'; see the columns label and split of the manifest (for "
        "folds, write train, val or test in place of fold0, fold1, ... and give that manifest with "
        "--manifest)");
  }
  if (data.validation_rows.empty()) {
    if (measured == Measured::kTest)
      throw InputError("no labelled row of split 'test' to measure on");
    DrawValidation(training, inner_validation, seed, data);
  }
  RequireBothClasses(data.labels, data.train_rows, "training");
  RequireBothClasses(data.labels, data.validation_rows, "validation");
  return used;
}

// Takes the features of a `joined` that may be taken, copies them otherwise.
template <typename Joined>
HeadData Make(Joined&& joined, const HeadFiles& files, const HeadSettings& settings, uint64_t seed,
              Measured measured) {
  HeadData data;
  data.frame = FrameOf(joined, files);
  const std::vector<size_t> used =
      TakeRows(joined.manifest, settings.inner_validation, seed, measured, data);
  data.features =
      files.pca.empty()
          ? Columns(std::forward<Joined>(joined).features, used, data.frame.selection)
          : Columns(model::Reduce(data.frame.parts, joined.features), used, data.frame.selection);
  if (files.initial) TakeInitial(*files.initial, settings, joined.parts, data);
  data.key = KeyOf(settings, files, seed, joined.content_hash, data);
  if (settings.standardize && !files.initial) FitStandardization(data);
  if (settings.standardize) {
    ApplyStandardization(data);
    RequireFinite(data);
  }
  LogInfo("{} training and {} validation rows of {} columns", data.train_rows.size(),
          data.validation_rows.size(), data.features.columns());
  return data;
}

}  // namespace

HeadData MakeHeadData(const store::JoinedFeatures& joined, const HeadFiles& files,
                      const HeadSettings& settings, uint64_t seed, Measured measured) {
  return Make(joined, files, settings, seed, measured);
}

HeadData MakeHeadData(store::JoinedFeatures&& joined, const HeadFiles& files,
                      const HeadSettings& settings, uint64_t seed, Measured measured) {
  return Make(std::move(joined), files, settings, seed, measured);
}

HeadData LoadHeadData(const HeadConfig& config, uint64_t seed, Measured measured) {
  return MakeHeadData(store::JoinStores(config.features, config.manifest), config.files,
                      config.settings, seed, measured);
}

void RequireBothClasses(const std::vector<int>& labels, const std::vector<size_t>& rows,
                        const std::string& what) {
  size_t good = 0;
  for (const size_t row : rows) good += labels[row] == 1 ? 1 : 0;
  if (good > 0 && good < rows.size()) return;
  throw InputError(
      "{} rows: {} of class bad, {} of class good; both are needed. Check labels and split of the "
      "manifest",
      what, rows.size() - good, good);
}

Matrix<float> RowsOf(const Matrix<float>& all, const std::vector<size_t>& rows) {
  Matrix<float> out(rows.size(), all.columns());
  for (size_t i = 0; i < rows.size(); ++i)
    std::copy(all.Row(rows[i]).begin(), all.Row(rows[i]).end(), out.Row(i).begin());
  return out;
}

}  // namespace kallos::train
