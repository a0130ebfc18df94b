// What a search reads: features, rows, and the names of columns.
#pragma once

#include <string>
#include <vector>

#include "ga/fitness/head_fitness.h"
#include "ga/run_config.h"
#include "ga/search_file.h"
#include "lib/store/joined.h"
#include "train/head_data.h"

namespace kallos::ga {

// Where a column comes from.
struct ColumnName {
  std::string extractor;
  std::string layer;    // "pca" for a component
  int64_t channel = 0;  // within the layer
};

// Neighbours of the same layer together.
std::vector<LayerColumns> LayersOf(const std::vector<ColumnName>& columns);

struct SearchData {
  train::HeadData head_data;
  std::vector<Fold> folds;
  std::vector<ColumnName> columns;

  FitnessData View() const { return {head_data.features.View(), head_data.labels, folds}; }
};

// All rows of the stores, all columns: read once for all that a command does.
store::JoinedFeatures ReadFeatures(const RunConfig& config);

// The labelled rows of the split 'test' and of benchmarks that have features.
std::vector<store::ManifestRow> TestRows(const store::JoinedFeatures& features);

// Throws as train::MakeHeadData does, for fewer groups than folds, fewer columns than are to be
// selected, and rungs of fewer rows than classes need.
SearchData MakeSearchData(const RunConfig& config, const store::JoinedFeatures& features,
                          uint64_t seed);

// The rows cut into folds, each of which validates once: groups stay together, classes are spread
// evenly, in an order drawn from the seed.
std::vector<Fold> MakeFolds(const train::HeadData& data, int64_t folds, uint64_t seed);

}  // namespace kallos::ga
