#include "train/balance.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "lib/core/rng.h"

namespace kallos::train {
namespace {

// `good` rows of class 1 scattered among `bad` of class 0.
struct Rows {
  Rows(size_t bad, size_t good, uint64_t seed) : labels(bad + good) {
    std::fill_n(labels.begin(), good, 1);
    Stream(seed, "test/labels").Shuffle(labels);
    rows.resize(labels.size());
    std::iota(rows.begin(), rows.end(), size_t{0});
  }
  std::vector<int> labels;
  std::vector<size_t> rows;
};

std::vector<size_t> Sorted(std::vector<size_t> rows) {
  std::sort(rows.begin(), rows.end());
  return rows;
}

size_t Good(const Rows& data, const std::vector<size_t>& rows) {
  return static_cast<size_t>(
      std::count_if(rows.begin(), rows.end(), [&](size_t r) { return data.labels[r] == 1; }));
}

TEST(Balance, WeightsMakeTheClassesEqual) {
  const Rows data(30, 10, 1);
  const std::vector<float> weights = ClassWeights(Balance::kWeights, data.labels, data.rows);
  EXPECT_FLOAT_EQ(weights[0] * 30, 20);
  EXPECT_FLOAT_EQ(weights[1] * 10, 20);
  for (const Balance balance : {Balance::kNone, Balance::kSampler, Balance::kChunks})
    EXPECT_EQ(ClassWeights(balance, data.labels, data.rows), (std::vector<float>{1, 1}));
}

TEST(Balance, PlainEpochsArePermutationsThatDiffer) {
  const Rows data(30, 10, 1);
  const auto first = EpochRows(Balance::kWeights, data.labels, data.rows, 5, 0);
  EXPECT_EQ(Sorted(first), data.rows);
  EXPECT_EQ(first, EpochRows(Balance::kNone, data.labels, data.rows, 5, 0));
  EXPECT_NE(first, EpochRows(Balance::kNone, data.labels, data.rows, 5, 1));
  EXPECT_NE(first, EpochRows(Balance::kNone, data.labels, data.rows, 6, 0));
}

TEST(Balance, SamplerDrawsBothClassesEquallyAndEvenly) {
  Stream random(1, "test/sampler");
  for (uint64_t trial = 0; trial < 200; ++trial) {
    const Rows data(1 + random.Below(60), 1 + random.Below(60), trial);
    const auto epoch = EpochRows(Balance::kSampler, data.labels, data.rows, trial, 3);
    ASSERT_EQ(epoch.size(), data.rows.size());
    const size_t good = Good(data, epoch);
    EXPECT_LE(good > epoch.size() - good ? 2 * good - epoch.size() : epoch.size() - 2 * good, 1u);
    std::map<size_t, size_t> times;
    for (const size_t row : data.rows) times[row] = 0;
    for (const size_t row : epoch) ++times.at(row);
    for (const int label : {0, 1}) {
      size_t least = SIZE_MAX;
      size_t most = 0;
      for (const auto& [row, count] : times) {
        if (data.labels[row] != label) continue;
        least = std::min(least, count);
        most = std::max(most, count);
      }
      EXPECT_LE(most - least, 1u);
    }
  }
}

TEST(Balance, SamplerReachesEveryRowOfTheLargerClass) {
  const Rows data(300, 20, 1);
  std::set<size_t> seen;
  for (int64_t epoch = 0; epoch < 20; ++epoch) {
    const auto rows = EpochRows(Balance::kSampler, data.labels, data.rows, 1, epoch);
    seen.insert(rows.begin(), rows.end());
  }
  EXPECT_EQ(seen.size(), data.rows.size());
}

TEST(Balance, ChunksCoverTheLargerClassOnceAndRepeatTheSmaller) {
  Stream random(2, "test/chunks");
  for (uint64_t trial = 0; trial < 200; ++trial) {
    const Rows data(1 + random.Below(80), 1 + random.Below(30), trial);
    const size_t good = Good(data, data.rows);
    const int larger = 2 * good > data.rows.size() ? 1 : 0;
    const size_t smaller_size = std::min(good, data.rows.size() - good);
    for (const ChunkOrder order : {ChunkOrder::kSeeded, ChunkOrder::kId}) {
      std::vector<size_t> covered;
      std::set<size_t> sizes;
      for (const auto& fit : FitRows(Balance::kChunks, order, data.labels, data.rows, trial)) {
        std::vector<size_t> chunk, rest;
        for (const size_t row : fit) (data.labels[row] == larger ? chunk : rest).push_back(row);
        EXPECT_EQ(std::set<size_t>(rest.begin(), rest.end()).size(), smaller_size);
        EXPECT_EQ(rest.size(), smaller_size);
        EXPECT_LE(chunk.size(), smaller_size);
        covered.insert(covered.end(), chunk.begin(), chunk.end());
        sizes.insert(chunk.size());
      }
      EXPECT_LE(*sizes.rbegin() - *sizes.begin(), 1u);
      std::vector<size_t> all;
      for (const size_t row : data.rows) {
        if (data.labels[row] == larger) all.push_back(row);
      }
      EXPECT_EQ(Sorted(covered), all);
      if (order == ChunkOrder::kId) {
        EXPECT_EQ(covered, all);
      }
    }
  }
}

TEST(Balance, SevenChunksForThePublishedCounts) {
  const Rows data(70709, 11758, 1);
  EXPECT_EQ(FitRows(Balance::kChunks, ChunkOrder::kSeeded, data.labels, data.rows, 1).size(), 7u);
  EXPECT_EQ(FitRows(Balance::kSampler, ChunkOrder::kSeeded, data.labels, data.rows, 1).size(), 1u);
}

TEST(Balance, NoBatchOfOneRow) {
  for (size_t n = 2; n < 40; ++n) {
    std::vector<size_t> rows(n);
    std::iota(rows.begin(), rows.end(), size_t{0});
    for (size_t batch = 2; batch < 12; ++batch) {
      std::vector<size_t> joined;
      for (const auto& part : Batches(rows, batch)) {
        EXPECT_GE(part.size(), 2u);
        EXPECT_LE(part.size(), batch + 1);
        joined.insert(joined.end(), part.begin(), part.end());
      }
      EXPECT_EQ(joined, rows);
    }
  }
}

}  // namespace
}  // namespace kallos::train
