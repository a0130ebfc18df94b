#include "train/head_data.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/hash.h"
#include "lib/core/log.h"
#include "lib/store/joined.h"
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
void TakeInitial(const fs::path& folder, const HeadConfig& config,
                 const std::vector<store::StoreInfo>& stores, HeadData& data) {
  model::Bundle initial = model::LoadBundle(folder);
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
  if (initial.mean.empty() == config.standardize)
    throw InputError("--initial {}: its features are {}standardized; give --{}standardize", name,
                     initial.mean.empty() ? "not " : "", initial.mean.empty() ? "no-" : "");
  std::vector<int64_t> hidden;
  for (size_t i = 0; i + 1 < initial.head.size(); ++i)
    hidden.push_back(static_cast<int64_t>(initial.head[i].kernel.columns()));
  if (hidden != config.hidden)
    throw InputError("--initial {}: its head has --hidden {}, --hidden is {}", name,
                     fmt::join(hidden, ","), fmt::join(config.hidden, ","));
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

// These columns of these rows; all columns where none are named. What is wanted whole is not
// copied.
Matrix<float> Columns(Matrix<float> all, const std::vector<size_t>& rows,
                      const std::vector<int64_t>& selection) {
  if (selection.empty() && rows.size() == all.rows()) return all;
  Matrix<float> out(rows.size(), selection.empty() ? all.columns() : selection.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    for (size_t j = 0; j < out.columns(); ++j)
      out(i, j) = all(rows[i], selection.empty() ? j : static_cast<size_t>(selection[j]));
  }
  return out;
}

std::string KeyOf(HeadConfig config, uint64_t seed, const std::string& content_hash,
                  const HeadData& data) {
  if (UsesDecay(config.scheduler)) config.decay = config.decay.value_or(kPublishedDecay);
  // Where the stores and models lie does not matter, what they hold does.
  const std::string settings = SettingsWithout(
      config, {"out", "fresh", "features", "manifest", "selection", "initial", "pca"});
  std::string reductions;
  for (const fs::path& model : config.pca) reductions += Sha256OfFile(model);
  const std::string initial =
      config.initial ? Sha256OfFile(*config.initial / "head.safetensors") : "";
  return Sha256Hex(fmt::format("{}|{}|{}|{}{}|{}|{}", settings, seed, content_hash,
                               fmt::join(data.frame.selection, ","), data.frame.selected_on,
                               initial, reductions));
}

}  // namespace

HeadData LoadHeadData(const HeadConfig& config, uint64_t seed, Measured measured) {
  store::JoinedFeatures joined = store::JoinStores(config.features, config.manifest);
  HeadData data;
  for (const store::StoreInfo& part : joined.parts)
    data.frame.parts.push_back(
        {part.extractor, part.description, part.fingerprint, part.dimension});
  model::AttachReductions(config.pca, data.frame.parts);
  if (!config.pca.empty()) joined.features = model::Reduce(data.frame.parts, joined.features);
  if (config.selection) {
    model::Selection selection =
        model::ReadSelectionCsv(*config.selection, static_cast<int64_t>(joined.features.columns()));
    data.frame.selection = std::move(selection.columns);
    data.frame.selected_on = std::move(selection.selected_on);
  }
  std::vector<size_t> used;
  std::vector<const store::ManifestRow*> training;
  for (size_t i = 0; i < joined.manifest.rows.size(); ++i) {
    const store::ManifestRow& row = joined.manifest.rows[i];
    if (!Usable(row, measured)) continue;
    const bool validates = row.split == (measured == Measured::kTest ? "test" : "val");
    (validates ? data.validation_rows : data.train_rows).push_back(used.size());
    if (!validates) training.push_back(&row);
    used.push_back(i);
    data.labels.push_back(*row.label);
    data.ids.push_back(row.id);
    data.groups.push_back(row.group);
  }
  WarnOfUnknownSplits(joined.manifest);
  if (data.train_rows.empty())
    throw InputError(
        "no labelled row of split 'train'; see the columns label and split of the manifest (for "
        "folds, write train, "
        "val "
        "or test in place of fold0, fold1, ... and give that manifest with --manifest)");
  if (data.validation_rows.empty()) {
    if (measured == Measured::kTest)
      throw InputError("no labelled row of split 'test' to measure on");
    LogInfo("no row of split 'val': {:.0f} % of the training rows validate (--inner-validation)",
            100 * config.inner_validation);
    const std::vector<size_t> train_rows = data.train_rows;
    for (const size_t i : InnerValidation(training, config.inner_validation, seed))
      data.validation_rows.push_back(train_rows[i]);
    std::sort(data.validation_rows.begin(), data.validation_rows.end());
    std::erase_if(data.train_rows, [&](size_t row) {
      return std::binary_search(data.validation_rows.begin(), data.validation_rows.end(), row);
    });
  }
  RequireBothClasses(data.labels, data.train_rows, "training");
  RequireBothClasses(data.labels, data.validation_rows, "validation");
  data.features = Columns(std::move(joined.features), used, data.frame.selection);
  if (config.initial) TakeInitial(*config.initial, config, joined.parts, data);
  data.key = KeyOf(config, seed, joined.content_hash, data);
  if (config.standardize && !config.initial) FitStandardization(data);
  if (config.standardize) {
    ApplyStandardization(data);
    RequireFinite(data);
  }
  LogInfo("{} training and {} validation rows of {} columns", data.train_rows.size(),
          data.validation_rows.size(), data.features.columns());
  return data;
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
