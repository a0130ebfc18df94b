// How measures are called in tables.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace kallos::measures {

struct MeasureTitle {
  std::string name;      // "roc_auc"
  std::string text;      // "ROC-AUC"
  bool percent = false;  // a share, shown times 100
};

// Of these measures, in the order of all our tables; unknown ones last, under their own name.
std::vector<MeasureTitle> TitlesOf(const std::set<std::string>& names);

}  // namespace kallos::measures
