#include "ga/data.h"

#include <algorithm>
#include <map>

#include "ga/evolution/successive_halving.h"
#include "lib/core/error.h"
#include "lib/core/log.h"
#include "lib/core/rng.h"
#include "lib/model/split_rows.h"

namespace kallos::ga {
namespace {

std::vector<ColumnName> NamesOf(const store::JoinedFeatures& features, const model::Bundle& frame) {
  std::vector<ColumnName> names;
  for (size_t i = 0; i < frame.parts.size(); ++i) {
    const model::BundlePart& part = frame.parts[i];
    if (part.reduction) {
      for (int64_t k = 0; k < part.columns(); ++k) names.push_back({part.extractor, "pca", k});
      continue;
    }
    const store::StoreInfo& info = features.parts[i];
    for (const store::Layer& layer : info.layers) {
      for (int64_t channel = 0; channel < layer.channels; ++channel)
        names.push_back({part.extractor, layer.name, channel});
    }
    names.resize(names.size() + (info.layers.empty() ? info.dimension : 0),
                 {part.extractor, "", 0});
  }
  return names;
}

void RequireColumns(const RunConfig& config, const SearchData& data) {
  if (config.search.select > std::ssize(data.columns))
    throw InputError("--select {}: the features have only {} columns", config.search.select,
                     data.columns.size());
}

// Rungs that cut rows must leave some of each class.
void RequireRungs(const RunConfig& config, const SearchData& data) {
  const int64_t parts = Rungs(config.search).front();
  if (config.look_by == Resource::kEpochs || parts == 1) return;
  for (const Fold& fold : data.folds) {
    for (const int label : {0, 1}) {
      const auto rows = std::ranges::count_if(
          fold.train_rows, [&](size_t row) { return data.head_data.labels[row] == label; });
      if (rows < parts)
        throw InputError(
            "--look-by rows: the first look takes 1 of {} training rows, and class {} has {}; use "
            "fewer --first-looks or --look-by epochs",
            parts, label, rows);
    }
  }
}

}  // namespace

std::vector<LayerColumns> LayersOf(const std::vector<ColumnName>& columns) {
  std::vector<LayerColumns> layers;
  for (const ColumnName& column : columns) {
    if (layers.empty() || layers.back().extractor != column.extractor ||
        layers.back().layer != column.layer)
      layers.push_back({column.extractor, column.layer, 0});
    ++layers.back().columns;
  }
  return layers;
}

std::vector<Fold> MakeFolds(const train::HeadData& data, int64_t folds, uint64_t seed) {
  std::map<std::string, std::vector<size_t>> groups;
  for (size_t i = 0; i < data.ids.size(); ++i)
    groups[data.groups[i].empty() ? "id:" + data.ids[i] : "group:" + data.groups[i]].push_back(i);
  std::map<int, std::vector<std::vector<size_t>>> groups_of_class = {{0, {}}, {1, {}}};
  for (const auto& [name, rows] : groups) groups_of_class[data.labels[rows[0]]].push_back(rows);
  const size_t count = folds;
  std::vector<size_t> fold_of(data.ids.size());
  for (auto& [label, order] : groups_of_class) {
    if (order.size() < count)
      throw InputError("{} folds need as many groups of class {}; there are {}", folds, label,
                       order.size());
    Stream(seed, "select/folds", static_cast<uint64_t>(label)).Shuffle(order);
    for (size_t g = 0; g < order.size(); ++g) {
      for (const size_t row : order[g]) fold_of[row] = g % count;
    }
  }
  std::vector<Fold> made(count);
  for (size_t row = 0; row < fold_of.size(); ++row) {
    for (size_t fold = 0; fold < count; ++fold)
      (fold_of[row] == fold ? made[fold].validation_rows : made[fold].train_rows).push_back(row);
  }
  return made;
}

store::JoinedFeatures ReadFeatures(const RunConfig& config) {
  return store::JoinStores(config.features, config.manifest);
}

std::vector<store::ManifestRow> TestRows(const store::JoinedFeatures& features) {
  std::vector<store::ManifestRow> rows;
  for (const store::ManifestRow& row : features.manifest.rows) {
    if (row.label && model::IsInSplit(row, "test")) rows.push_back(row);
  }
  return rows;
}

SearchData MakeSearchData(const RunConfig& config, const store::JoinedFeatures& features,
                          uint64_t seed) {
  SearchData data;
  data.head_data = train::MakeHeadData(
      features, {config.pca, {}, {}}, FinalHead(config), seed,
      config.rows == FitnessRows::kTest ? train::Measured::kTest : train::Measured::kValidation);
  data.columns = NamesOf(features, data.head_data.frame);
  KALLOS_CHECK(data.columns.size() == data.head_data.features.columns());
  if (config.rows == FitnessRows::kFolds) {
    data.folds = MakeFolds(data.head_data, config.folds, seed);
  } else {
    data.folds = {{data.head_data.train_rows, data.head_data.validation_rows}};
  }
  RequireColumns(config, data);
  RequireRungs(config, data);
  if (config.rows == FitnessRows::kTest)
    LogWarning(
        "fitness is measured on the test rows: whatever is measured on them afterwards is selected "
        "on test");
  return data;
}

}  // namespace kallos::ga
