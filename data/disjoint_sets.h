// Union-find: sets of indices that grow together. Root halves the paths that it follows (Tarjan and
// van Leeuwen, Journal of the ACM 1984).
#pragma once

#include <cstddef>
#include <numeric>
#include <vector>

namespace kallos::data {

class DisjointSets {
 public:
  explicit DisjointSets(size_t n) : parent_(n) {
    std::iota(parent_.begin(), parent_.end(), size_t{0});
  }

  // The smallest index of i's set.
  size_t Root(size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }

  void Join(size_t a, size_t b) {
    a = Root(a);
    b = Root(b);
    parent_[a > b ? a : b] = a > b ? b : a;
  }

 private:
  std::vector<size_t> parent_;
};

}  // namespace kallos::data
