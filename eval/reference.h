// Published results to stand beside one's own: benchmarks with their counts, and
// what models reach on them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "lib/measures/results.h"

namespace kallos::eval {

struct BenchmarkCounts {
  std::string benchmark;
  int64_t good = 0, bad = 0;
};

struct Reference {
  std::vector<BenchmarkCounts> benchmarks;
  // Published; measures that the counts do not give are undefined.
  std::vector<measures::Report> models;
};

// A YAML file as configs/paper/benchmarks.yaml. Intervals are those of MeasureClassification.
// Throws InputError naming file and line for anything unknown, missing or repeated, and for counts
// that do not add up to the benchmark's.
Reference ReadReference(const std::filesystem::path& path, uint64_t seed);

// Sentences for every benchmark of the report that has other counts than the reference, or is not
// in it (with the nearest name), and for those of the reference that the report lacks.
std::vector<std::string> CountFaults(const Reference& reference, const measures::Report& report);

}  // namespace kallos::eval
