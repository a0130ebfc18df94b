// metrics.json of a benchmark, whichever measures it holds.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "eval/report/json_file.h"
#include "lib/document/cells.h"
#include "lib/measures/measure_cells.h"

namespace kallos::report {

// A row of the table.
struct BenchmarkMeasures {
  std::string benchmark;
  int64_t n = 0;
  std::optional<int64_t> positives;  // of class benchmarks
  std::map<std::string, measures::Measure> by_name;

  bool of_scores() const { return !positives.has_value(); }
  bool of_all() const;  // the pooled row, and the mean of all benchmarks
  bool operator==(const BenchmarkMeasures&) const = default;
};

struct ModelMeasures {
  std::vector<BenchmarkMeasures> rows;  // by name, those over all benchmarks last
  std::vector<std::string> notes;
};

struct MeasuresFile {
  ModelMeasures own;                               // without rows where there are several models
  size_t models = 1;                               // several: each has a folder of its own inside
  std::map<std::string, ModelMeasures> published;  // by name: what these measures stand beside
};

// Throws InputError naming the file where it is damaged, or holds no model, no benchmark or one
// without measures.
MeasuresFile ReadMeasures(const std::filesystem::path& metrics_json);

// {"value":, "low":, "high":, "why":}, all but the value optional.
measures::Measure MeasureOf(const nlohmann::json& json);

// The value, its interval in small print; where there is no value "-", and why.
document::Cell MeasureCell(const measures::Measure& measure, const measures::MeasureInfo& info);
document::Cell MeasureCell(const measures::Measure& measure, const document::NumberFormat& format);
// The same of a difference, with a + before what is above 0.
document::Cell DifferenceCell(const measures::Measure& measure,
                              const document::NumberFormat& format);
using document::CountCell;

std::set<std::string> NamesOf(const std::vector<BenchmarkMeasures>& rows);  // that some row has

}  // namespace kallos::report
