// What is measured: numbers with their 95 % intervals.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace kallos::measures {

struct Measure {
  std::optional<double> value;
  std::optional<double> low, high;  // both or none
  std::string why;                  // the value or its usual interval is missing

  bool operator==(const Measure&) const = default;
};

// Of one benchmark, by the keys of measure_table.h: "accuracy", "roc_auc", ...
struct Measures {
  int64_t n = 0;
  int64_t positives = 0;
  int64_t groups = 0;  // independent draws: n unless rows share a group
  std::map<std::string, Measure> by_name;

  bool one_class() const { return positives == 0 || positives == n; }
};

Measure Undefined(const std::string& why);

// With the 2.5 and 97.5 percentiles of its replicates (values on bootstrap samples, paired.h),
// widened to the value where a biased statistic (ECE) would leave it outside. Replicates that are
// not a number do not count; more than a tenth of them, or replicates that nearly all agree, give
// no interval. A value that is not a number is undefined, because of `why_undefined`.
Measure PercentileMeasure(double value, std::vector<double> replicates,
                          const std::string& why_undefined = "");

// value,low,high,why.
std::vector<std::string> CsvCellsOf(const Measure& measure);

// {"value":, "low":, "high":, "why":}; low and high only where there is an interval, why
// only where there is one.
void to_json(nlohmann::json& json, const Measure& measure);

}  // namespace kallos::measures
