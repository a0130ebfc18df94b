#include "ga/layer_shares.h"

#include <algorithm>
#include <cmath>

#include "ga/hypergeometric.h"

namespace kallos::ga {
namespace {

// z = (found - mean) / sd, and p, where `found` has the hypergeometric distribution of
// a random selection.
void CompareWithChance(LayerShare& share, int64_t total, int64_t selected) {
  const Hypergeometric random{total, share.columns, selected};
  share.expected = random.Mean();
  share.p = random.PValue(share.found);
  if (random.Variance() > 0)
    share.z = (share.found - share.expected) / std::sqrt(random.Variance());
}

}  // namespace

std::vector<LayerShare> LayerShares(std::span<const LayerColumns> layers, const Genome& selection) {
  std::vector<LayerShare> shares;
  int64_t first = 0;
  for (size_t i = 0; i < layers.size();) {
    const size_t whole = shares.size();
    shares.push_back({layers[i].extractor, "", true});
    for (; i < layers.size() && layers[i].extractor == shares[whole].extractor; ++i) {
      const int64_t end = first + layers[i].columns;
      const int64_t found =
          std::ranges::lower_bound(selection, end) - std::ranges::lower_bound(selection, first);
      shares.push_back({layers[i].extractor, layers[i].layer, false, layers[i].columns, found});
      shares[whole].columns += layers[i].columns;
      shares[whole].found += found;
      first = end;
    }
    if (shares.size() == whole + 2) shares.pop_back();
  }
  for (LayerShare& share : shares) CompareWithChance(share, first, std::ssize(selection));
  return shares;
}

}  // namespace kallos::ga
