// Predictions of photographs whose class is known, and their CSV files.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace kallos::measures {

struct Prediction {
  std::string id;          // unique
  std::string benchmark;   // name of the table's row
  int label = 0;           // 0 bad, 1 good
  double probability = 0;  // of good
  // Rows of one group are not independent of each other; "" = a group of its own.
  std::string group;
};

// The verdict is arg max: good where p > 0.5.
inline bool IsGood(double probability) {
  return probability > 0.5;
}

// For our own promises: a failure is a bug.
void CheckSameRows(const std::vector<Prediction>& a, const std::vector<Prediction>& b);

// CSV with columns id, label (0 or 1), probability (of good, in [0, 1]) and optionally benchmark
// ("test" where empty) and group; others are ignored. Throws InputError naming file, line and
// column for a missing column, an empty or repeated id, any other value, and a file without rows.
std::vector<Prediction> ReadPredictions(const std::filesystem::path& path);

// CSV id,benchmark,label,probability,verdict, and group where a row has one.
// Probabilities read back exactly.
std::string FormatPredictions(const std::vector<Prediction>& predictions);

}  // namespace kallos::measures
