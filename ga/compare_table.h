// Results of all seeds and methods to the tables of a comparison.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ga/baselines.h"
#include "lib/measures/paired.h"

namespace kallos::ga {

// What came out for one seed and one method.
struct Result {
  uint64_t seed = 0;
  Method method;
  int64_t columns = 0;
  double fitness = 0;
  int64_t trained = 0;
  double seconds = 0;
  std::string note;
  std::vector<measures::Prediction> predictions;  // of the test rows
};

struct Table {
  std::vector<Result> results;  // each method has the same seeds
  std::string fitness;          // the measure: "accuracy"
  std::string fitness_rows;     // "val", "folds" or "test"
  uint64_t seed = 0;            // of the bootstrap
};

struct TableTexts {
  std::string pairs_csv, compare_csv, markdown;
};

// compare.h says what the columns mean.
TableTexts FormatTable(const Table& table);

}  // namespace kallos::ga
