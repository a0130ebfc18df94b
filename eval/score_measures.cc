#include "eval/score_measures.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "eval/intervals.h"
#include "eval/logistic_fit.h"
#include "lib/core/correlation.h"
#include "lib/core/error.h"
#include "lib/core/rng.h"
#include "lib/parallel/parallel.h"

namespace kallos::eval {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kFewestDefined = 0.9;  // of the bootstrap samples, for an interval

// One sample: rows by index, some more than once.
struct Sample {
  std::vector<double> scores, predictions, sds;  // sds empty where a row has none
};

struct Fitted {
  double plcc = kNaN, rmse = kNaN, outlier_ratio = kNaN;
};

double Rmse(std::span<const double> x, std::span<const double> y) {
  double square = 0;
  for (size_t i = 0; i < x.size(); ++i) square += (x[i] - y[i]) * (x[i] - y[i]);
  return std::sqrt(square / static_cast<double>(x.size()));
}

double Mae(std::span<const double> x, std::span<const double> y) {
  double sum = 0;
  for (size_t i = 0; i < x.size(); ++i) sum += std::abs(x[i] - y[i]);
  return sum / static_cast<double>(x.size());
}

Fitted Fit(const Sample& sample) {
  const std::optional<Logistic> curve = FitLogistic(sample.predictions, sample.scores);
  if (!curve) return {};
  std::vector<double> fitted;
  for (const double prediction : sample.predictions) fitted.push_back((*curve)(prediction));
  Fitted out{Pearson(fitted, sample.scores), Rmse(fitted, sample.scores), kNaN};
  if (sample.sds.empty()) return out;
  double outliers = 0;
  for (size_t i = 0; i < fitted.size(); ++i)
    outliers += std::abs(fitted[i] - sample.scores[i]) > 2 * sample.sds[i] ? 1 : 0;
  out.outlier_ratio = outliers / static_cast<double>(fitted.size());
  return out;
}

using Values = std::map<std::string, double>;

Values MeasureSample(const Sample& sample) {
  const Fitted fitted = Fit(sample);
  return {{"srcc", Spearman(sample.predictions, sample.scores)},
          {"krcc", Kendall(sample.predictions, sample.scores)},
          {"plcc", Pearson(sample.predictions, sample.scores)},
          {"rmse", Rmse(sample.predictions, sample.scores)},
          {"mae", Mae(sample.predictions, sample.scores)},
          {"plcc_fitted", fitted.plcc},
          {"rmse_fitted", fitted.rmse},
          {"outlier_ratio", fitted.outlier_ratio}};
}

std::string WhyUndefined(const std::string& name, const std::vector<ScoredPrediction>& rows) {
  const auto constant = [&](double ScoredPrediction::*field) {
    return std::ranges::all_of(rows, [&](const ScoredPrediction& row) { return row.*field == rows[0].*field; });
  };
  if (rows.size() == 1) return "there is one row only";
  if (constant(&ScoredPrediction::prediction)) return "all predictions are equal";
  if (constant(&ScoredPrediction::score)) return "all scores are equal";
  if (name == "outlier_ratio" && std::ranges::any_of(rows, [](const ScoredPrediction& row) { return !row.sd; }))
    return "there is no sd of the opinions of each row";
  if (rows.size() < 5) return "a logistic curve needs 5 rows or more";
  return "the logistic fit did not converge";
}

Measure WithInterval(double value, std::vector<double> draws, const std::string& why_undefined) {
  if (std::isnan(value)) return {{}, {}, {}, why_undefined};
  const size_t all = draws.size();
  std::erase_if(draws, [](double draw) { return std::isnan(draw); });
  if (static_cast<double>(draws.size()) < kFewestDefined * static_cast<double>(all))
    return {value,
            {},
            {},
            fmt::format("undefined in {} of {} bootstrap samples, which gives no interval", all - draws.size(), all)};
  std::ranges::sort(draws);
  const size_t cut = draws.size() / 40;
  if (draws[cut] == draws[draws.size() - 1 - cut])
    return {value, {}, {}, "nearly all bootstrap samples agree, which gives no interval"};
  return {value, std::min(value, draws[cut]), std::max(value, draws[draws.size() - 1 - cut]), ""};
}

std::vector<std::vector<size_t>> GroupsOf(const std::vector<ScoredPrediction>& rows) {
  std::vector<std::vector<size_t>> groups;
  std::map<std::string, size_t> index;
  for (size_t row = 0; row < rows.size(); ++row) {
    const size_t group =
        rows[row].group.empty() ? groups.size() : index.emplace(rows[row].group, groups.size()).first->second;
    if (group == groups.size()) groups.emplace_back();
    groups[group].push_back(row);
  }
  return groups;
}

Sample Take(const std::vector<ScoredPrediction>& rows, const std::vector<size_t>& indices) {
  Sample sample;
  for (const size_t i : indices) {
    sample.scores.push_back(rows[i].score);
    sample.predictions.push_back(rows[i].prediction);
    if (rows[i].sd) sample.sds.push_back(*rows[i].sd);
  }
  if (sample.sds.size() != indices.size()) sample.sds.clear();
  return sample;
}

}  // namespace

Measures MeasureScores(std::vector<ScoredPrediction> predictions, uint64_t seed) {
  KALLOS_CHECK(!predictions.empty());
  std::ranges::sort(predictions, {}, &ScoredPrediction::id);
  const auto groups = GroupsOf(predictions);
  std::vector<size_t> all(predictions.size());
  std::iota(all.begin(), all.end(), size_t{0});
  const Values values = MeasureSample(Take(predictions, all));
  std::vector<Values> draws(kBootstraps);
  ParallelFor(draws.size(), [&](size_t round) {
    Stream stream(seed, "eval/score-bootstrap", round);
    std::vector<size_t> rows;
    for (size_t i = 0; i < groups.size(); ++i) {
      const std::vector<size_t>& group = groups[stream.Below(groups.size())];
      rows.insert(rows.end(), group.begin(), group.end());
    }
    draws[round] = MeasureSample(Take(predictions, rows));
  });
  Measures out;
  out.n = static_cast<int64_t>(predictions.size());
  out.groups = static_cast<int64_t>(groups.size());
  for (const auto& [name, value] : values) {
    std::vector<double> own;
    for (const Values& draw : draws) own.push_back(draw.at(name));
    out.by_name[name] = WithInterval(value, std::move(own), WhyUndefined(name, predictions));
  }
  return out;
}

}  // namespace kallos::eval
