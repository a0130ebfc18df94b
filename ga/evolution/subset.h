// A set of column indices under construction: membership in constant time, everything else in time
// linear in D.
#pragma once

#include <cstdint>
#include <vector>

#include "ga/evolution/genome.h"

namespace kallos::ga {

class Subset {
 public:
  explicit Subset(int64_t columns) : has_(columns, false) {}

  bool Has(int32_t column) const { return has_[column]; }
  void Add(int32_t column) {
    size_ += has_[column] ? 0 : 1;
    has_[column] = true;
  }
  int64_t size() const { return size_; }
  Genome Sorted() const { return Where(true); }
  std::vector<int32_t> Others() const { return Where(false); }  // ascending

 private:
  std::vector<int32_t> Where(bool inside) const;

  std::vector<bool> has_;
  int64_t size_ = 0;
};

// Adds `count` of the candidates, none of which the subset has, drawn without replacement; their
// order changes.
void DrawInto(Subset& subset, std::vector<int32_t>& candidates, int64_t count, Stream& stream);

}  // namespace kallos::ga
