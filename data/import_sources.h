// The two sources of an import, before any photograph is opened.
#pragma once

#include <map>
#include <string>

#include "data/import.h"

namespace kallos::data {

using LabelMap = std::map<std::string, int>;  // lower-case name to 0 or 1

// Throws UsageError: not NAME=0 or NAME=1, or a name with two labels.
LabelMap ParseLabels(const std::vector<std::string>& texts);

Imported RowsOfFolder(const ImportConfig& config, const LabelMap& labels);
Imported RowsOfCsv(const ImportConfig& config, const LabelMap& labels);

}  // namespace kallos::data
