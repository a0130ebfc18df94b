// Predictions to metrics.json, table.md, table.csv and predictions.csv.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "eval/classification.h"

namespace kallos::eval {

// Benchmarks in order of name, then "overall" (all rows pooled) where there are several.
using NamedMeasures = std::vector<std::pair<std::string, Measures>>;
NamedMeasures MeasureBenchmarks(const std::vector<Prediction>& predictions, uint64_t seed);

std::string FormatTable(const NamedMeasures& measures);  // Markdown, aligned; percentages with intervals
std::string FormatMetricsJson(const NamedMeasures& measures);
std::string FormatTableCsv(const NamedMeasures& measures);
std::string FormatPredictions(const std::vector<Prediction>& predictions);

// CSV id,benchmark,label,probability made elsewhere. Throws InputError naming file, line and column.
std::vector<Prediction> ReadPredictions(const std::filesystem::path& path);

}  // namespace kallos::eval
