#include "ga/evolution/subset.h"

#include <utility>

#include "lib/core/error.h"

namespace kallos::ga {

std::vector<int32_t> Subset::Where(bool inside) const {
  std::vector<int32_t> columns;
  columns.reserve(inside ? static_cast<size_t>(size_) : has_.size() - static_cast<size_t>(size_));
  for (size_t column = 0; column < has_.size(); ++column) {
    if (has_[column] == inside) columns.push_back(static_cast<int32_t>(column));
  }
  return columns;
}

void DrawInto(Subset& subset, std::vector<int32_t>& candidates, int64_t count, Stream& stream) {
  KALLOS_CHECK(count >= 0 && count <= static_cast<int64_t>(candidates.size()));
  for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
    std::swap(candidates[i], candidates[i + stream.Below(candidates.size() - i)]);
    subset.Add(candidates[i]);
  }
}

}  // namespace kallos::ga
