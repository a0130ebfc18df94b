#include "train/inner_validation.h"

#include <algorithm>
#include <map>
#include <string>

#include "lib/core/rng.h"

namespace kallos::train {

std::vector<size_t> InnerValidation(const std::vector<const store::ManifestRow*>& rows,
                                    double fraction, uint64_t seed) {
  constexpr int kNoLabel = -1;
  std::map<std::string, std::vector<size_t>> groups;
  for (size_t i = 0; i < rows.size(); ++i)
    groups[rows[i]->group.empty() ? "id:" + rows[i]->id : "group:" + rows[i]->group].push_back(i);
  std::vector<std::vector<size_t>> order;
  for (const auto& entry : groups) order.push_back(entry.second);
  Stream(seed, "train/inner-validation").Shuffle(order);
  std::map<int, double> wanted;
  for (const store::ManifestRow* row : rows) wanted[row->label.value_or(kNoLabel)] += fraction;
  std::vector<size_t> chosen;
  for (const std::vector<size_t>& group : order) {
    double& left = wanted[rows[group[0]]->label.value_or(kNoLabel)];
    if (left < 0.5) continue;
    left -= static_cast<double>(group.size());
    chosen.insert(chosen.end(), group.begin(), group.end());
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace kallos::train
