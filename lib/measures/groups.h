// Rows of one group (crops of one photograph, say) are not independent: they count as one draw.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace kallos::measures {

// The rows of each group by their index; a row without a group ("") is one of its own.
using Groups = std::vector<std::vector<size_t>>;
Groups GroupsByName(const std::vector<std::string>& name_of_row);
bool AreIndependent(const Groups& groups);  // no group has two rows

template <typename Row>  // with a member `group`
Groups GroupsOf(const std::vector<Row>& rows) {
  std::vector<std::string> names;
  for (const Row& row : rows) names.push_back(row.group);
  return GroupsByName(names);
}

}  // namespace kallos::measures
