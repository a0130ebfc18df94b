#include "ga/evolution/subset.h"

#include <utility>

#include "lib/core/error.h"

namespace kallos::ga {

std::vector<int32_t> Subset::Where(bool inside) const {
  std::vector<int32_t> columns;
  columns.reserve(inside ? size_ : has_.size() - size_);
  for (size_t column = 0; column < has_.size(); ++column) {
    if (has_[column] == inside) columns.push_back(column);
  }
  return columns;
}

// The first `count` steps of Fisher and Yates's shuffle (Durstenfeld, CACM 1964): step i swaps
// place i with one drawn from i .. n-1, so that every subset is equally likely.
void DrawInto(Subset& subset, std::vector<int32_t>& candidates, int64_t count, Stream& stream) {
  KALLOS_CHECK(count >= 0 && count <= std::ssize(candidates));
  for (int64_t i = 0; i < count; ++i) {
    std::swap(candidates[i], candidates[i + stream.Below(candidates.size() - i)]);
    subset.Add(candidates[i]);
  }
}

}  // namespace kallos::ga
