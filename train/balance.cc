#include "train/balance.h"

#include <algorithm>
#include <array>

#include "lib/core/error.h"
#include "lib/core/rng.h"

namespace kallos::train {
namespace {

using Classes = std::array<std::vector<size_t>, 2>;

Classes ByClass(const std::vector<int>& labels, const std::vector<size_t>& rows) {
  Classes classes;
  for (const size_t row : rows) classes.at(labels[row]).push_back(row);
  KALLOS_CHECK(!classes[0].empty() && !classes[1].empty());
  return classes;
}

// `count` draws from the rows: whole passes in ever new orders, then a part of one more pass.
std::vector<size_t> Draw(const std::vector<size_t>& rows, size_t count, Stream stream) {
  std::vector<size_t> drawn;
  std::vector<size_t> pass = rows;
  while (drawn.size() < count) {
    stream.Shuffle(pass);
    const size_t taken = std::min(pass.size(), count - drawn.size());
    drawn.insert(drawn.end(), pass.begin(), pass.begin() + taken);
  }
  return drawn;
}

std::vector<size_t> BalancedSample(const std::vector<int>& labels, const std::vector<size_t>& rows,
                                   uint64_t seed, uint64_t epoch) {
  const Classes classes = ByClass(labels, rows);
  const size_t smaller = classes[0].size() <= classes[1].size() ? 0 : 1;
  const size_t of_smaller =
      rows.size() - rows.size() / 2;  // an odd draw is of the smaller class, which repeats anyway
  std::vector<size_t> sample =
      Draw(classes[smaller], of_smaller, Stream(seed, "train/sampler", epoch, smaller));
  const std::vector<size_t> larger = Draw(classes[1 - smaller], rows.size() / 2,
                                          Stream(seed, "train/sampler", epoch, 1 - smaller));
  sample.insert(sample.end(), larger.begin(), larger.end());
  return sample;
}

std::vector<std::vector<size_t>> Chunks(ChunkOrder order, const std::vector<int>& labels,
                                        const std::vector<size_t>& rows, uint64_t seed) {
  Classes classes = ByClass(labels, rows);
  if (classes[0].size() < classes[1].size()) std::swap(classes[0], classes[1]);
  auto& [larger, smaller] = classes;
  if (order == ChunkOrder::kSeeded) Stream(seed, "train/chunks").Shuffle(larger);
  const size_t count = (larger.size() + smaller.size() - 1) / smaller.size();
  std::vector<std::vector<size_t>> fits;
  for (size_t k = 0; k < count; ++k) {
    std::vector<size_t> fit(larger.begin() + k * larger.size() / count,
                            larger.begin() + (k + 1) * larger.size() / count);
    fit.insert(fit.end(), smaller.begin(), smaller.end());
    fits.push_back(std::move(fit));
  }
  return fits;
}

}  // namespace

// n / (2 n_c), as class_weight="balanced" of scikit-learn: both classes weigh the same, and a row 1
// on average.
std::vector<float> ClassWeights(Balance balance, const std::vector<int>& labels,
                                const std::vector<size_t>& rows) {
  if (balance != Balance::kWeights) return {1, 1};
  const Classes classes = ByClass(labels, rows);
  const auto n = static_cast<double>(rows.size());
  return {static_cast<float>(n / (2 * static_cast<double>(classes[0].size()))),
          static_cast<float>(n / (2 * static_cast<double>(classes[1].size())))};
}

std::vector<std::vector<size_t>> FitRows(Balance balance, ChunkOrder order,
                                         const std::vector<int>& labels,
                                         const std::vector<size_t>& rows, uint64_t seed) {
  if (balance != Balance::kChunks) return {rows};
  return Chunks(order, labels, rows, seed);
}

std::vector<size_t> EpochRows(Balance balance, const std::vector<int>& labels,
                              const std::vector<size_t>& fit_rows, uint64_t seed, int64_t epoch) {
  const auto index = static_cast<uint64_t>(epoch);
  std::vector<size_t> order =
      balance == Balance::kSampler ? BalancedSample(labels, fit_rows, seed, index) : fit_rows;
  Stream(seed, "train/order", index).Shuffle(order);
  return order;
}

std::vector<std::vector<size_t>> Batches(const std::vector<size_t>& rows, size_t batch) {
  std::vector<std::vector<size_t>> batches;
  for (size_t i = 0; i < rows.size(); i += batch) {
    const size_t end = std::min(rows.size(), i + batch);
    if (end - i == 1 && !batches.empty()) {
      batches.back().push_back(rows[i]);
    } else {
      batches.emplace_back(rows.begin() + i, rows.begin() + end);
    }
  }
  return batches;
}

}  // namespace kallos::train
