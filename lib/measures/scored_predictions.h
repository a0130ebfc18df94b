// Predicted scores of photographs whose mean opinion is known, and their CSV files.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace kallos::measures {

// How many of the opinions gave each rating, from 1 up, as shares that sum to 1.
using Shares = std::vector<double>;

struct ScoredPrediction {
  std::string id;            // unique
  std::string benchmark;     // name of the table's row
  double score = 0;          // mean opinion
  double prediction = 0;     // in any units that rise or fall with the score
  std::optional<double> sd;  // of the opinions, > 0
  // Rows of one group are not independent of each other; "" = a group of its own.
  std::string group;
  Shares ratings = {}, predicted = {};  // of equal size; empty unless the file holds distributions
};

// What a file of predictions holds, by its columns.
enum class PredictionKind {
  kClasses,       // label, probability
  kScores,        // score, prediction
  kDistributions  // rating_1 ... rating_K, predicted_1 ... predicted_K
};
// kClasses where there are none of these columns. Throws InputError where there are
// those of more than one kind.
PredictionKind KindOf(const std::filesystem::path& path);

// CSV with columns id, score and prediction, and optionally sd, benchmark ("test" where empty) and
// group; or with rating_1 ... rating_K (how many opinions, or which share, gave each rating; K >=
// 2) and predicted_1 ... predicted_K, whose means are score and prediction and whose standard
// deviation is the sd. Others are ignored. Throws InputError naming file, line and column for a
// missing column, an empty or repeated id, a value that is not finite or above 1e100, an sd of 0 or
// less, a negative share or shares that are all 0, and a file without rows.
std::vector<ScoredPrediction> ReadScoredPredictions(const std::filesystem::path& path);

// CSV id,benchmark,score,prediction,sd,group, and with distributions rating_1 ... predicted_K in
// place of score, prediction and sd. Numbers read back exactly.
std::string FormatScoredPredictions(const std::vector<ScoredPrediction>& predictions);

}  // namespace kallos::measures
