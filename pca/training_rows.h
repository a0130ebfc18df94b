// The rows that a model is fitted on, block by block, so that memory stays bounded whatever the
// size of the store.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "lib/config/config.h"
#include "lib/core/matrix.h"
#include "lib/store/feature_store.h"

namespace kallos::pca {

enum class Rows { kTrain, kTrainVal, kAll };
inline NamedValues<Rows> EnumTable(Rows) {
  using enum Rows;
  return {{kTrain, "train"}, {kTrainVal, "train+val"}, {kAll, "all"}};
}

// For each row of the store what says which split it is in: its own entry in the store, or
// where there is a `manifest`, that one's by id, null where it has none. Points into
// `store` and `manifest`.
std::vector<const store::ManifestRow*> SplitRows(const store::FeatureStore& store,
                                                 const store::Manifest* manifest);

// Whether a model fitted on `which` is fitted on this row: see TrainingRows.
bool IsFittedOn(const store::ManifestRow& row, Rows which);

class TrainingRows {
 public:
  // Rows of the split 'train' (and of 'val'), or all; rows without a split count as train, rows of
  // a benchmark only for kAll. `manifest`, when not null, replaces the store's own split by id;
  // rows that it lacks are left out. Throws InputError when fewer than two remain.
  TrainingRows(const store::FeatureStore& store, Rows which,
               const store::Manifest* manifest = nullptr);

  int64_t rows() const { return static_cast<int64_t>(rows_.size()); }
  int64_t columns() const { return store_.info().dimension; }
  size_t block_count() const { return blocks_.size() - 1; }
  int64_t block_rows(size_t block) const {
    return static_cast<int64_t>(blocks_[block + 1] - blocks_[block]);
  }
  int64_t largest_block() const;
  // Row i of the result is the id's features.
  const std::vector<int64_t>& store_rows() const { return rows_; }

  // Rows of block `block`, block_rows x columns, read from whole shards. Throws InputError for NaN,
  // infinity or damage.
  Matrix<float> Read(size_t block) const;
  // The same minus `mean`, in double precision.
  Matrix<double> ReadCentred(size_t block, const std::vector<double>& mean) const;
  // Means of all columns: sums of blocks in double precision, in order. One pass. Calls
  // on_block(rows) after each.
  std::vector<double> Means(const std::function<void(int64_t rows)>& on_block = {}) const;

 private:
  const store::FeatureStore& store_;
  std::vector<int64_t> rows_;   // of the store, ascending
  std::vector<size_t> blocks_;  // first index into rows_ of each block, and the end
};

}  // namespace kallos::pca
