#include "lib/measures/scored_predictions.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/measures/prediction_table.h"

namespace kallos::measures {
namespace {

constexpr const char* kRating = "rating_";
constexpr const char* kPredicted = "predicted_";

// How many of PREFIX1, PREFIX2, ... there are without a gap.
size_t CountLevels(const std::vector<std::string>& columns, const std::string& prefix) {
  size_t count = 0;
  while (std::ranges::count(columns, prefix + std::to_string(count + 1)) > 0) ++count;
  return count;
}

std::vector<std::string> LevelNames(const std::string& prefix, size_t levels) {
  std::vector<std::string> names;
  for (size_t k = 1; k <= levels; ++k) names.push_back(prefix + std::to_string(k));
  return names;
}

// sum over k of k p_k, with the ratings k from 1 up.
double MeanOf(const Shares& shares) {
  double mean = 0;
  for (size_t k = 0; k < shares.size(); ++k) mean += shares[k] * (k + 1);
  return mean;
}

// sqrt(sum over k of p_k (k - mean)^2): of the opinions, not of their mean.
std::optional<double> SdOf(const Shares& shares) {
  const double mean = MeanOf(shares);
  double variance = 0;
  for (size_t k = 0; k < shares.size(); ++k)
    variance += shares[k] * (k + 1 - mean) * (k + 1 - mean);
  return variance > 0 ? std::optional(std::sqrt(variance)) : std::nullopt;
}

Shares SharesOf(const PredictionTable& table, size_t row, const std::vector<std::string>& columns) {
  Shares shares;
  for (const std::string& column : columns) {
    shares.push_back(table.Number(row, column));
    if (shares.back() < 0) throw InputError("{}: {} is below 0", table.Place(row), column);
  }
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  if (!(sum > 0))
    throw InputError("{}: {} to {} are all 0", table.Place(row), columns.front(), columns.back());
  for (double& share : shares) share /= sum;
  return shares;
}

ScoredPrediction ScoreRow(const PredictionTable& table, size_t row) {
  ScoredPrediction out{table.Id(row),
                       table.Benchmark(row),
                       table.Number(row, "score"),
                       table.Number(row, "prediction"),
                       {},
                       table.Group(row)};
  if (table.Find(row, "sd").empty()) return out;
  out.sd = table.Number(row, "sd");
  if (*out.sd <= 0)
    throw InputError("{}: sd '{}' is not above 0", table.Place(row), table.Cell(row, "sd"));
  return out;
}

ScoredPrediction DistributionRow(const PredictionTable& table, size_t row, size_t levels) {
  const Shares ratings = SharesOf(table, row, LevelNames(kRating, levels));
  const Shares predicted = SharesOf(table, row, LevelNames(kPredicted, levels));
  return {table.Id(row), table.Benchmark(row), MeanOf(ratings), MeanOf(predicted),
          SdOf(ratings), table.Group(row),     ratings,         predicted};
}

std::vector<ScoredPrediction> ReadScores(const fs::path& path) {
  const PredictionTable table(path, {"id", "score", "prediction"},
                              "id,score,prediction (sd, benchmark, group are optional)");
  std::vector<ScoredPrediction> predictions;
  for (size_t row = 0; row < table.size(); ++row) predictions.push_back(ScoreRow(table, row));
  return predictions;
}

std::vector<ScoredPrediction> ReadDistributions(const fs::path& path) {
  const PredictionTable table(
      path, {"id", "rating_2", "predicted_2"},
      "id,rating_1,...,rating_K,predicted_1,...,predicted_K with K of 2 or more");
  const size_t levels = CountLevels(table.columns(), kRating),
               predicted = CountLevels(table.columns(), kPredicted);
  if (levels != predicted)
    throw InputError(
        "{}: has rating_1 to rating_{} but predicted_1 to predicted_{}; there must be as many",
        PathText(path), levels, predicted);
  std::vector<ScoredPrediction> predictions;
  for (size_t row = 0; row < table.size(); ++row)
    predictions.push_back(DistributionRow(table, row, levels));
  return predictions;
}

std::vector<std::string> Texts(const Shares& values) {
  std::vector<std::string> texts;
  for (const double value : values) texts.push_back(FormatDouble(value));
  return texts;
}

void Append(const std::vector<std::string>& more, std::vector<std::string>& cells) {
  cells.insert(cells.end(), more.begin(), more.end());
}

}  // namespace

PredictionKind KindOf(const fs::path& path) {
  const CsvTable table = ReadCsv(path);
  std::vector<std::pair<PredictionKind, const char*>> found;
  if (table.Find("label") && table.Find("probability"))
    found.emplace_back(PredictionKind::kClasses, "label and probability");
  if (table.Find("score") && table.Find("prediction"))
    found.emplace_back(PredictionKind::kScores, "score and prediction");
  if (table.Find("rating_1") && table.Find("predicted_1"))
    found.emplace_back(PredictionKind::kDistributions, "rating_1 and predicted_1");
  if (found.size() > 1)
    throw InputError("{}: holds {} as well as {}; leave one pair out", PathText(path),
                     found[0].second, found[1].second);
  return found.empty() ? PredictionKind::kClasses : found[0].first;
}

std::vector<ScoredPrediction> ReadScoredPredictions(const fs::path& path) {
  return KindOf(path) == PredictionKind::kDistributions ? ReadDistributions(path)
                                                        : ReadScores(path);
}

std::string FormatScoredPredictions(const std::vector<ScoredPrediction>& predictions) {
  const size_t levels = predictions.empty() ? 0 : predictions[0].ratings.size();
  CsvTable table{{"id", "benchmark"}, {}, {}};
  if (levels > 0) {
    Append(LevelNames(kRating, levels), table.columns);
    Append(LevelNames(kPredicted, levels), table.columns);
  } else {
    Append({"score", "prediction", "sd"}, table.columns);
  }
  table.columns.emplace_back("group");
  for (const ScoredPrediction& p : predictions) {
    std::vector<std::string> cells = {p.id, p.benchmark};
    if (levels > 0) {
      Append(Texts(p.ratings), cells);
      Append(Texts(p.predicted), cells);
    } else {
      Append({FormatDouble(p.score), FormatDouble(p.prediction), p.sd ? FormatDouble(*p.sd) : ""},
             cells);
    }
    cells.push_back(p.group);
    table.rows.push_back(std::move(cells));
  }
  return FormatCsv(table);
}

}  // namespace kallos::measures
