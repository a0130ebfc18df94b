#include "lib/nn/block_matching.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "lib/core/error.h"

namespace kallos::nn {
namespace {

constexpr int kStep = kBlockSide / 2;   // from block to block
constexpr int kReach = kBlockSide / 2;  // of the search, in each direction
constexpr int kOffsets = 2 * kReach + 1;

struct Place {
  int row = 0, column = 0;
};

struct Candidate {
  float cost = 0;
  Place place;
};

constexpr int kMargin = (kBlockSide - kStep) / 2;  // of a block, about its centre

// Where the block begins that gives the value at `position` of an axis of `size`.
int BlockOf(int position, int size) {
  return std::clamp((position - kMargin) / kStep * kStep, 0, size - kBlockSide);
}

// The part of `region` that the block gives.
Region CellOf(const Place& block, const MatrixView<const float>& picture, const Region& region) {
  const auto begin = [](int at) { return at == 0 ? 0 : at + kMargin; };
  const auto end = [](int at, size_t size) {
    const bool last = at == static_cast<int>(size) - kBlockSide;
    return last ? at + kBlockSide : at + kBlockSide - kMargin;
  };
  return {std::max(begin(block.row), region.top),
          std::min(end(block.row, picture.rows), region.bottom),
          std::max(begin(block.column), region.left),
          std::min(end(block.column, picture.columns), region.right)};
}

// [row offset][column offset]: sums of squared differences between the block and those about it,
// each in the order of its pixels. Beyond the picture they mean nothing.
using Costs = std::array<std::array<float, kOffsets>, kOffsets>;

Costs CostsAbout(const MatrixView<const float>& picture, const Place& block) {
  // The offsets that every row and column of the block allows: nothing is read outside the picture.
  const int first = std::max(-kReach, -block.column);
  const int last = std::min(kReach, static_cast<int>(picture.columns) - kBlockSide - block.column);
  Costs costs{};
  for (int dy = -kReach; dy <= kReach; ++dy) {
    const int top = block.row + dy;
    if (top < 0 || top > static_cast<int>(picture.rows) - kBlockSide) continue;
    std::array<float, kOffsets>& sums = costs[static_cast<size_t>(dy + kReach)];
    for (int y = 0; y < kBlockSide; ++y) {
      const float* reference =
          &picture(static_cast<size_t>(block.row + y), static_cast<size_t>(block.column));
      const float* other =
          &picture(static_cast<size_t>(top + y), static_cast<size_t>(block.column));
      for (int x = 0; x < kBlockSide; ++x) {
        for (int dx = first; dx <= last; ++dx) {
          const float difference = reference[x] - other[x + dx];
          sums[static_cast<size_t>(dx + kReach)] += difference * difference;
        }
      }
    }
  }
  return costs;
}

// The blocks nearest to `block`, then itself.
std::array<Place, kStackChannels> Matches(const MatrixView<const float>& picture,
                                          const Place& block) {
  const Costs costs = CostsAbout(picture, block);
  std::array<Candidate, kOffsets * kOffsets> candidates;
  auto end = candidates.begin();
  const int last_row = static_cast<int>(picture.rows) - kBlockSide;
  const int last_column = static_cast<int>(picture.columns) - kBlockSide;
  for (int column = std::max(0, block.column - kReach);
       column <= std::min(last_column, block.column + kReach); ++column) {
    for (int row = std::max(0, block.row - kReach); row <= std::min(last_row, block.row + kReach);
         ++row) {
      if (row == block.row && column == block.column) continue;
      const auto dy = static_cast<size_t>(row - block.row + kReach);
      const auto dx = static_cast<size_t>(column - block.column + kReach);
      *end++ = {costs[dy][dx], {row, column}};
    }
  }
  const auto before = [](const Candidate& a, const Candidate& b) {
    return std::tie(a.cost, a.place.column, a.place.row) <
           std::tie(b.cost, b.place.column, b.place.row);
  };
  std::partial_sort(candidates.begin(), candidates.begin() + kMatches, end, before);
  std::array<Place, kStackChannels> matches;
  for (size_t k = 0; k < kMatches; ++k) matches[k] = candidates[k].place;
  matches[kMatches] = block;
  return matches;
}

void FillCell(const MatrixView<const float>& picture, const Place& block, const Region& region,
              float* stack) {
  const std::array<Place, kStackChannels> matches = Matches(picture, block);
  const Region cell = CellOf(block, picture, region);
  for (int y = cell.top; y < cell.bottom; ++y) {
    float* out = stack + static_cast<ptrdiff_t>((y - region.top) * region.Width() + cell.left -
                                                region.left) *
                             kStackChannels;
    for (int x = cell.left; x < cell.right; ++x) {
      for (const Place& match : matches) {
        *out++ = picture(static_cast<size_t>(match.row + y - block.row),
                         static_cast<size_t>(match.column + x - block.column));
      }
    }
  }
}

}  // namespace

void StackMatches(MatrixView<const float> picture, const Region& region, float* stack) {
  const auto height = static_cast<int>(picture.rows), width = static_cast<int>(picture.columns);
  KALLOS_CHECK(height % kBlockSide == 0 && width % kBlockSide == 0 &&
               std::min(height, width) >= kLeastSide);
  for (int row = BlockOf(region.top, height); row <= BlockOf(region.bottom - 1, height);
       row += kStep) {
    for (int column = BlockOf(region.left, width); column <= BlockOf(region.right - 1, width);
         column += kStep)
      FillCell(picture, {row, column}, region, stack);
  }
}

}  // namespace kallos::nn
