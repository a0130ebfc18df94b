// NumPy's legacy shuffle, which the published validation split was made with.
#pragma once

#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace kallos::data {

// numpy.random.RandomState(seed) as far as shuffle() needs it: MT19937 seeded by Knuth's
// recurrence, as std::mt19937 is, and bounded integers by masked rejection
// (numpy/random/src/legacy, random_interval).
class NumpyRandomState {
 public:
  explicit NumpyRandomState(uint32_t seed) : engine_(seed) {}

  uint32_t Interval(uint32_t largest);  // 0 .. largest

  template <typename T>
  void Shuffle(std::vector<T>& items) {
    for (size_t i = items.size(); i-- > 1;) std::swap(items[i], items[Interval(i)]);
  }

 private:
  std::mt19937 engine_;
};

}  // namespace kallos::data
