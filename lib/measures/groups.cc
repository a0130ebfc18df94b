#include "lib/measures/groups.h"

#include <algorithm>
#include <map>

namespace kallos::measures {

Groups GroupsByName(const std::vector<std::string>& name_of_row) {
  Groups groups;
  std::map<std::string, size_t> index;
  for (size_t row = 0; row < name_of_row.size(); ++row) {
    const std::string& name = name_of_row[row];
    const size_t group =
        name.empty() ? groups.size() : index.emplace(name, groups.size()).first->second;
    if (group == groups.size()) groups.emplace_back();
    groups[group].push_back(row);
  }
  return groups;
}

bool AreIndependent(const Groups& groups) {
  return std::ranges::all_of(groups,
                             [](const std::vector<size_t>& rows) { return rows.size() == 1; });
}

}  // namespace kallos::measures
