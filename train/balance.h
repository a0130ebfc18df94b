// Which rows each epoch trains on when one class is larger than the other.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/config/config.h"

namespace kallos::train {

//   weights  every row once per epoch; the loss weights make both classes count the same
//   none     every row once per epoch
//   sampler  half of an epoch's draws from each class, as many draws as there are rows: the smaller
//            class repeats, the larger is drawn without repetition
//   chunks   the published schedule: the larger class is cut into chunks no larger than the smaller
//            class, and each fit trains on one chunk and all of the smaller class
enum class Balance { kWeights, kNone, kSampler, kChunks };
inline NamedValues<Balance> EnumTable(Balance) {
  using enum Balance;
  return {{kWeights, "weights"}, {kNone, "none"}, {kSampler, "sampler"}, {kChunks, "chunks"}};
}
enum class ChunkOrder { kSeeded, kId };
inline NamedValues<ChunkOrder> EnumTable(ChunkOrder) {
  using enum ChunkOrder;
  return {{kSeeded, "seeded"}, {kId, "id"}};
}

// Loss weight of each class: n / (2 n_c), or 1.
std::vector<float> ClassWeights(Balance balance, const std::vector<int>& labels,
                                const std::vector<size_t>& rows);

// The rows of each fit, one after the other: one fit of all rows, or one per chunk. `rows` is in
// order of ids; `labels` is by row, both classes occur.
std::vector<std::vector<size_t>> FitRows(Balance balance, ChunkOrder order,
                                         const std::vector<int>& labels,
                                         const std::vector<size_t>& rows, uint64_t seed);

// The rows of an epoch in the order of training. `epoch` counts over all fits.
std::vector<size_t> EpochRows(Balance balance, const std::vector<int>& labels,
                              const std::vector<size_t>& fit_rows, uint64_t seed, int64_t epoch);

// Consecutive runs of `batch` rows. A last batch of a single row joins the batch before: batch norm
// has no variance for it. The only batch of fewer than 2 rows is that of a single row in all.
std::vector<std::vector<size_t>> Batches(const std::vector<size_t>& rows, size_t batch);

}  // namespace kallos::train
