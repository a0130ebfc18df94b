// What part of a selection comes from each extractor and layer, beside what chance would give.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ga/evolution/genome.h"
#include "ga/search_file.h"

namespace kallos::ga {

struct LayerShare {
  std::string extractor;
  std::string layer;
  bool whole = false;   // all layers of the extractor; `layer` is ""
  int64_t columns = 0;  // there are
  int64_t found = 0;    // of them in the selection
  double expected = 0;  // in a random selection of the same size
  // (found - expected) / sd of random selections; none where the sd is 0.
  std::optional<double> z = {};
  double p = 1;  // two-sided, of the hypergeometric distribution

  double ratio() const { return found / expected; }
};

// Each extractor as a whole, followed by its layers where it has several. Had fitness no
// part in it, the search would end with any selection equally often, so z and p hold exactly
// for a single row.
std::vector<LayerShare> LayerShares(std::span<const LayerColumns> layers, const Genome& selection);

}  // namespace kallos::ga
