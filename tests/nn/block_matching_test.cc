// Block matching against its rule, written out value by value.
#include "lib/nn/block_matching.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <vector>

#include "lib/core/rng.h"

namespace kallos::nn {
namespace {

using Picture = std::vector<std::vector<float>>;  // [row][column]

// Whole numbers below `values`: sums are exact, and with few values many blocks are equally near.
Picture RandomPicture(int height, int width, int values, uint64_t seed) {
  Stream stream(seed, "test/picture");
  Picture picture(static_cast<size_t>(height), std::vector<float>(static_cast<size_t>(width)));
  for (auto& row : picture) {
    for (float& value : row)
      value = static_cast<float>(static_cast<int>(values * stream.Uniform()));
  }
  return picture;
}

std::vector<float> Stack(const Picture& picture, const Region& region) {
  Matrix<float> matrix(picture.size(), picture[0].size());
  for (size_t y = 0; y < picture.size(); ++y)
    std::copy(picture[y].begin(), picture[y].end(), matrix.Row(y).begin());
  std::vector<float> stack(static_cast<size_t>(region.Height() * region.Width() * kStackChannels),
                           -1);
  StackMatches(matrix.View(), region, stack.data());
  return stack;
}

Region Whole(const Picture& picture) {
  return {0, static_cast<int>(picture.size()), 0, static_cast<int>(picture[0].size())};
}

// Where the block of a position begins: the one whose middle four values hold it, or the first or
// last.
int BlockOf(int position, int size) {
  for (int begin = 0; begin < size; begin += 4) {
    if (position >= begin + 2 && position < begin + 6) return std::min(begin, size - 8);
  }
  return 0;
}

double Cost(const Picture& picture, int top, int left, int other_top, int other_left) {
  double sum = 0;
  for (size_t y = 0; y < 8; ++y) {
    for (size_t x = 0; x < 8; ++x) {
      const double difference =
          picture[static_cast<size_t>(top) + y][static_cast<size_t>(left) + x] -
          picture[static_cast<size_t>(other_top) + y][static_cast<size_t>(other_left) + x];
      sum += difference * difference;
    }
  }
  return sum;
}

// The five values at one place.
std::vector<float> DirectStack(const Picture& picture, int y, int x) {
  const int height = Whole(picture).bottom, width = Whole(picture).right;
  const int top = BlockOf(y, height), left = BlockOf(x, width);
  struct Found {
    double cost;
    int top, left;
  };
  std::vector<Found> found;
  for (int dx = -4; dx <= 4; ++dx) {  // further left first, then further up
    for (int dy = -4; dy <= 4; ++dy) {
      if (dx == 0 && dy == 0) continue;
      if (top + dy < 0 || left + dx < 0 || top + dy + 8 > height || left + dx + 8 > width) continue;
      found.push_back({Cost(picture, top, left, top + dy, left + dx), top + dy, left + dx});
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Found& a, const Found& b) { return a.cost < b.cost; });
  std::vector<float> values;
  for (size_t k = 0; k < 4; ++k)
    values.push_back(picture[static_cast<size_t>(found[k].top + y - top)]
                            [static_cast<size_t>(found[k].left + x - left)]);
  values.push_back(picture[static_cast<size_t>(y)][static_cast<size_t>(x)]);
  return values;
}

struct Case {
  int height, width, values;
};

class BlockMatching : public testing::TestWithParam<Case> {};

TEST_P(BlockMatching, FollowsItsRule) {
  const auto [height, width, values] = GetParam();
  const Picture picture = RandomPicture(height, width, values, 1);
  std::vector<float> expected;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (const float value : DirectStack(picture, y, x)) expected.push_back(value);
    }
  }
  EXPECT_EQ(Stack(picture, Whole(picture)), expected);
}

INSTANTIATE_TEST_SUITE_P(Pictures, BlockMatching,
                         testing::Values(Case{16, 16, 2}, Case{16, 40, 2}, Case{40, 24, 3},
                                         Case{32, 32, 200}, Case{16, 16, 1}));

TEST(BlockMatching, ARegionIsAPartOfTheWhole) {
  const Picture picture = RandomPicture(48, 40, 3, 2);
  const std::vector<float> whole = Stack(picture, Whole(picture));
  Stream stream(3, "test/regions");
  for (int i = 0; i < 40; ++i) {
    const auto below = [&](int n) { return static_cast<int>(n * stream.Uniform()); };
    const int top = below(48), left = below(40);
    const Region region = {top, top + 1 + below(48 - top), left, left + 1 + below(40 - left)};
    const std::vector<float> part = Stack(picture, region);
    for (int y = region.top; y < region.bottom; ++y) {
      const auto from = whole.begin() + (y * 40 + region.left) * kStackChannels;
      const auto row = part.begin() + (y - region.top) * region.Width() * kStackChannels;
      EXPECT_TRUE(std::equal(row, row + region.Width() * kStackChannels, from)) << i;
    }
  }
}

// With a period of 4 both ways, the blocks that begin 4 rows or columns away are the same, of which
// each has at least three within the picture: the first three channels are the picture.
TEST(BlockMatching, FindsARepeatedPattern) {
  Picture picture = RandomPicture(32, 24, 250, 4);
  for (size_t y = 0; y < 32; ++y) {
    for (size_t x = 0; x < 24; ++x) picture[y][x] = picture[y % 4][x % 4];
  }
  const std::vector<float> stack = Stack(picture, Whole(picture));
  for (size_t i = 0; i < stack.size(); ++i) {
    if (i % kStackChannels == 3) continue;
    ASSERT_EQ(stack[i], picture[i / kStackChannels / 24][i / kStackChannels % 24]) << i;
  }
}

// On a slope that is much steeper down than across, the nearest blocks are those beside it, and
// left is as near as right.
TEST(BlockMatching, OfEqualsTheOneFurtherLeftComesFirst) {
  Picture picture(32, std::vector<float>(32));
  for (size_t y = 0; y < 32; ++y) {
    for (size_t x = 0; x < 32; ++x) picture[y][x] = static_cast<float>(100 * y + x);
  }
  EXPECT_THAT(Stack(picture, {14, 15, 14, 15}), testing::ElementsAre(1413, 1415, 1412, 1416, 1414));
  EXPECT_THAT(Stack(picture, {14, 15, 1, 2}), testing::ElementsAre(1402, 1403, 1404, 1405, 1401))
      << "at the left border";
  EXPECT_THAT(Stack(picture, {31, 32, 31, 32}), testing::ElementsAre(3130, 3129, 3128, 3127, 3131));
}

}  // namespace
}  // namespace kallos::nn
