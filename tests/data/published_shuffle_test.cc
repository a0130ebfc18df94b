#include "data/published_shuffle.h"

#include <gmock/gmock.h>

#include <numeric>

namespace kallos::data {
namespace {

using testing::ElementsAre;

std::vector<int> Shuffled(NumpyRandomState& random, int count) {
  std::vector<int> items(static_cast<size_t>(count));
  std::iota(items.begin(), items.end(), 0);
  random.Shuffle(items);
  return items;
}

// numpy.random.RandomState(seed).shuffle(numpy.arange(count)) of NumPy 1.24.2.
TEST(NumpyRandomState, ShufflesAsNumpyDoes) {
  NumpyRandomState zero(0);
  EXPECT_THAT(Shuffled(zero, 10), ElementsAre(2, 8, 4, 9, 1, 6, 7, 3, 0, 5));
  EXPECT_THAT(Shuffled(zero, 7), ElementsAre(3, 1, 2, 6, 5, 0, 4))
      << "the second draw of the same state";
  NumpyRandomState seven(7);
  std::vector<int> first = Shuffled(seven, 100);
  first.resize(10);
  EXPECT_THAT(first, ElementsAre(37, 26, 78, 91, 49, 15, 93, 71, 86, 22));
}

TEST(NumpyRandomState, IntervalsIncludeBothEnds) {
  NumpyRandomState random(3);
  std::vector<int> counts(6);
  for (int i = 0; i < 6000; ++i) ++counts[random.Interval(5)];
  for (const int count : counts) EXPECT_NEAR(count, 1000, 150);
  EXPECT_EQ(random.Interval(0), 0u);
}

}  // namespace
}  // namespace kallos::data
