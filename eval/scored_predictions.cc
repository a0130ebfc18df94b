#include "eval/scored_predictions.h"

#include <cmath>
#include <map>

#include "lib/core/csv.h"
#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"

namespace kallos::eval {
namespace {

constexpr double kLargest = 1e100;

// The rows of a file, column by column.
class Reader {
 public:
  explicit Reader(const fs::path& path)
      : file_(PathText(path)),
        table_(ReadCsv(path)),
        id_(Require("id")),
        score_(Require("score")),
        prediction_(Require("prediction")),
        sd_(table_.Find("sd")),
        benchmark_(table_.Find("benchmark")),
        group_(table_.Find("group")) {}

  std::vector<ScoredPrediction> Read() {
    std::vector<ScoredPrediction> predictions;
    for (size_t i = 0; i < table_.rows.size(); ++i) predictions.push_back(ReadRow(i));
    if (predictions.empty()) throw InputError("{}: has no rows, so there is nothing to judge", file_);
    return predictions;
  }

 private:
  size_t Require(const char* name) const {
    if (const auto index = table_.Find(name)) return *index;
    throw InputError(
        "{}: column '{}' is missing; expected id,score,prediction (sd, benchmark, group are optional), found {}", file_,
        name, Join(table_.columns, ","));
  }

  double Number(size_t i, size_t column) const {
    const std::optional<double> value = ParseDouble(table_.rows[i][column]);
    if (!value || !(std::abs(*value) <= kLargest))
      throw InputError("{}:{}: {} '{}' is not a number of a size that can be squared", file_, table_.lines[i],
                       table_.columns[column], table_.rows[i][column]);
    return *value;
  }

  ScoredPrediction ReadRow(size_t i) {
    const std::vector<std::string>& row = table_.rows[i];
    const size_t line = table_.lines[i];
    if (row[id_].empty()) throw InputError("{}:{}: the id is empty", file_, line);
    const auto [first, is_new] = line_of_.emplace(row[id_], line);
    if (!is_new) throw InputError("{}:{}: id '{}' stands on line {} already", file_, line, row[id_], first->second);
    std::optional<double> sd;
    if (sd_ && !row[*sd_].empty()) {
      sd = Number(i, *sd_);
      if (*sd <= 0) throw InputError("{}:{}: sd '{}' is not above 0", file_, line, row[*sd_]);
    }
    const std::string benchmark = benchmark_ ? row[*benchmark_] : "";
    return {row[id_],
            benchmark.empty() ? "test" : benchmark,
            Number(i, score_),
            Number(i, prediction_),
            sd,
            group_ ? row[*group_] : ""};
  }

  std::string file_;
  CsvTable table_;
  size_t id_, score_, prediction_;
  std::optional<size_t> sd_, benchmark_, group_;
  std::map<std::string, size_t> line_of_;
};

}  // namespace

bool HoldsScores(const fs::path& path) {
  const CsvTable table = ReadCsv(path);
  const bool scores = table.Find("score") && table.Find("prediction");
  const bool classes = table.Find("label") && table.Find("probability");
  if (scores && classes)
    throw InputError("{}: holds label and probability as well as score and prediction; leave one pair out",
                     PathText(path));
  return scores;
}

std::vector<ScoredPrediction> ReadScoredPredictions(const fs::path& path) {
  return Reader(path).Read();
}

std::string FormatScoredPredictions(const std::vector<ScoredPrediction>& predictions) {
  CsvTable table{{"id", "benchmark", "score", "prediction", "sd", "group"}, {}, {}};
  for (const ScoredPrediction& p : predictions) {
    table.rows.push_back({p.id, p.benchmark, FormatDouble(p.score), FormatDouble(p.prediction),
                          p.sd ? FormatDouble(*p.sd) : "", p.group});
  }
  return FormatCsv(table);
}

}  // namespace kallos::eval
