#include "pca/training_rows.h"

#include <algorithm>
#include <map>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/parallel/parallel.h"

namespace kallos::pca {
namespace {

constexpr size_t kBlockRows = 1024;  // a block ends at the first end of a shard after so many rows
constexpr size_t kColumnsPerTask = 512;  // of the sums

std::vector<int64_t> Select(const store::FeatureStore& store, Rows which,
                            const store::Manifest* manifest) {
  const std::vector<const store::ManifestRow*> entries = SplitRows(store, manifest);
  std::vector<int64_t> rows;
  for (int64_t i = 0; i < store.rows(); ++i) {
    const store::ManifestRow* entry = entries[i];
    if (entry != nullptr && IsFittedOn(*entry, which)) rows.push_back(i);
  }
  return rows;
}

}  // namespace

std::vector<const store::ManifestRow*> SplitRows(const store::FeatureStore& store,
                                                 const store::Manifest* manifest) {
  std::map<std::string, const store::ManifestRow*> by_id;
  if (manifest != nullptr) {
    for (const store::ManifestRow& row : manifest->rows) by_id[row.id] = &row;
  }
  std::vector<const store::ManifestRow*> entries;
  for (const store::ManifestRow& row : store.manifest().rows) {
    const auto found = by_id.find(row.id);
    entries.push_back(manifest == nullptr ? &row : found == by_id.end() ? nullptr : found->second);
  }
  return entries;
}

bool IsFittedOn(const store::ManifestRow& row, Rows which) {
  if (which == Rows::kAll) return true;
  if (!row.benchmark.empty()) return false;
  return row.split.empty() || row.split == "train" ||
         (which == Rows::kTrainVal && row.split == "val");
}

TrainingRows::TrainingRows(const store::FeatureStore& store, Rows which,
                           const store::Manifest* manifest)
    : store_(store), rows_(Select(store, which, manifest)) {
  if (rows_.size() < 2) {
    throw InputError(
        "{}: {} of its {} rows may be fitted on; at least 2 are needed. Check the column split, or "
        "--rows",
        PathText(store.folder()), rows_.size(), store.rows());
  }
  blocks_.push_back(0);
  size_t next = 0;
  for (const int64_t end : store.ShardEnds()) {
    while (next < rows_.size() && rows_[next] < end) ++next;
    if (next - blocks_.back() >= kBlockRows) blocks_.push_back(next);
  }
  if (blocks_.back() != rows_.size()) blocks_.push_back(rows_.size());
}

int64_t TrainingRows::largest_block() const {
  int64_t largest = 0;
  for (size_t block = 0; block < block_count(); ++block)
    largest = std::max(largest, block_rows(block));
  return largest;
}

Matrix<float> TrainingRows::Read(size_t block) const {
  return store_.ReadRows(
      std::span(rows_).subspan(blocks_[block], blocks_[block + 1] - blocks_[block]));
}

Matrix<double> TrainingRows::ReadCentred(size_t block, const std::vector<double>& mean) const {
  const Matrix<float> rows = Read(block);
  Matrix<double> centred(rows.rows(), rows.columns());
  ParallelFor(rows.rows(), [&](size_t i) {
    const auto from = rows.Row(i);
    const auto to = centred.Row(i);
    for (size_t j = 0; j < from.size(); ++j) to[j] = from[j] - mean[j];
  });
  return centred;
}

std::vector<double> TrainingRows::Means(const std::function<void(int64_t rows)>& on_block) const {
  const size_t columns = this->columns();
  std::vector<double> sums(columns);
  for (size_t block = 0; block < block_count(); ++block) {
    const Matrix<float> rows = Read(block);
    ParallelFor((columns - 1) / kColumnsPerTask + 1, [&](size_t task) {
      const size_t last = std::min(columns, (task + 1) * kColumnsPerTask);
      for (size_t i = 0; i < rows.rows(); ++i) {
        for (size_t j = task * kColumnsPerTask; j < last; ++j) sums[j] += rows(i, j);
      }
    });
    if (on_block) on_block(rows.rows());
  }
  for (double& sum : sums) sum /= rows();
  return sums;
}

}  // namespace kallos::pca
