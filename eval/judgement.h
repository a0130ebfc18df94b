// One model judged: what it reaches, and the files that say so.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "eval/benchmark.h"
#include "lib/measures/probability_calibration.h"
#include "lib/measures/results.h"
#include "lib/store/feature_store.h"

namespace kallos::eval {

struct Judgement {
  measures::Report report;
  std::string predictions;  // as a CSV file
  int64_t count = 0;
  std::vector<store::Skipped> skipped;
  std::vector<measures::CalibrationRow> calibration;  // empty for scores
  int64_t validation = 0;                             // rows that corrections were fitted on
  std::vector<std::string> calibration_notes = {};
  bool differs = false;  // from the benchmarks of a reference
};

// The model `config.models()[index]`. Adds what was read to the record.
Judgement Judge(const BenchmarkConfig& config, size_t index, uint64_t seed, RunRecord& record);

inline constexpr const char* kMetrics = "metrics.json";

// kMetrics first, by which a run that was broken off knows its own folder; then predictions.csv,
// table.csv and so on. Without run.yaml, which comes last.
void WriteFiles(const std::filesystem::path& folder, const Judgement& judgement,
                const std::vector<measures::Report>& references);

// The table and what else is worth reading, for people.
std::string CalibrationText(const std::vector<Judgement>& judgements);

}  // namespace kallos::eval
