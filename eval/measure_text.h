// A measure as text for tables and files.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "eval/classification.h"

namespace kallos::eval {

// {"value":, "low":, "high":, "why":}; low and high only where there is an interval, why only where there is something
// to say.
nlohmann::json JsonOf(const Measure& measure);
// value,low,high,why.
std::vector<std::string> CsvCellsOf(const Measure& measure);
// "92.80 [86.9, 96.2]" as percents, else "0.977 [0.956, 0.999]"; "-" where there is no value.
std::string CellOf(const Measure& measure, bool percent);

}  // namespace kallos::eval
