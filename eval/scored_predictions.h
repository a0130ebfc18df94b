// Predicted scores of photographs whose mean opinion is known, and their CSV files.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace kallos::eval {

struct ScoredPrediction {
  std::string id;            // unique
  std::string benchmark;     // name of the table's row
  double score = 0;          // mean opinion
  double prediction = 0;     // in any units that rise or fall with the score
  std::optional<double> sd;  // of the opinions, > 0
  std::string group;         // rows of one group are not independent of each other; "" = a group of its own
};

// Whether the file has the columns score and prediction, and so is read by ReadScoredPredictions. Throws InputError
// where it has those of classes too.
bool HoldsScores(const std::filesystem::path& path);

// CSV with columns id, score and prediction, and optionally sd, benchmark ("test" where empty) and group; others are
// ignored. Throws InputError naming file, line and column for a missing column, an empty or repeated id, a value that
// is not finite or above 1e100, an sd of 0 or less, and a file without rows.
std::vector<ScoredPrediction> ReadScoredPredictions(const std::filesystem::path& path);

// CSV id,benchmark,score,prediction,sd,group. Numbers read back exactly.
std::string FormatScoredPredictions(const std::vector<ScoredPrediction>& predictions);

}  // namespace kallos::eval
