#include "lib/measures/score_measures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "lib/core/error.h"
#include "lib/core/rng.h"
#include "lib/measures/correlation.h"
#include "lib/measures/groups.h"
#include "lib/measures/logistic_fit.h"
#include "lib/measures/paired.h"
#include "lib/parallel/parallel.h"

namespace kallos::measures {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// One sample: rows by index, some more than once.
struct Sample {
  std::vector<double> scores, predictions, sds;  // sds empty where a row has none
  double emd_1 = 0, emd_2 = 0;                   // means over the rows
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
          {"outlier_ratio", fitted.outlier_ratio},
          {"emd_1", sample.emd_1},
          {"emd_2", sample.emd_2}};
}

std::string WhyUndefined(const std::string& name, const std::vector<ScoredPrediction>& rows) {
  const auto constant = [&](double ScoredPrediction::*field) {
    return std::ranges::all_of(
        rows, [&](const ScoredPrediction& row) { return row.*field == rows[0].*field; });
  };
  if (name.starts_with("emd")) return "the predictions are no distributions of ratings";
  if (rows.size() == 1) return "there is one row only";
  if (constant(&ScoredPrediction::prediction)) return "all predictions are equal";
  if (constant(&ScoredPrediction::score)) return "all scores are equal";
  if (name == "outlier_ratio" &&
      std::ranges::any_of(rows, [](const ScoredPrediction& row) { return !row.sd; }))
    return "there is no sd of the opinions of each row";
  if (rows.size() < 5) return "a logistic curve needs 5 rows or more";
  return "the logistic fit did not converge";
}

// All rows, and what is measured on each by itself.
class Rows {
 public:
  explicit Rows(const std::vector<ScoredPrediction>& rows) : rows_(rows) {
    for (const ScoredPrediction& row : rows)
      distances_.push_back({EarthMoversDistance(row.ratings, row.predicted, 1),
                            EarthMoversDistance(row.ratings, row.predicted, 2)});
  }

  Sample Take(const std::vector<size_t>& indices) const {
    Sample sample;
    const auto n = static_cast<double>(indices.size());
    for (const size_t i : indices) {
      sample.scores.push_back(rows_[i].score);
      sample.predictions.push_back(rows_[i].prediction);
      if (rows_[i].sd) sample.sds.push_back(*rows_[i].sd);
      sample.emd_1 += distances_[i][0] / n;
      sample.emd_2 += distances_[i][1] / n;
    }
    if (sample.sds.size() != indices.size()) sample.sds.clear();
    return sample;
  }

 private:
  const std::vector<ScoredPrediction>& rows_;
  std::vector<std::array<double, 2>> distances_;  // earth mover's, r = 1 and 2
};

}  // namespace

double EarthMoversDistance(const Shares& p, const Shares& q, int r) {
  KALLOS_CHECK(p.size() == q.size());
  if (p.empty()) return kNaN;
  double p_below = 0, q_below = 0, sum = 0;
  for (size_t k = 0; k < p.size(); ++k) {
    p_below += p[k], q_below += q[k];
    sum += std::pow(std::abs(p_below - q_below), r);
  }
  return std::pow(sum / static_cast<double>(p.size()), 1.0 / r);
}

Measures MeasureScores(std::vector<ScoredPrediction> predictions, uint64_t seed) {
  KALLOS_CHECK(!predictions.empty());
  std::ranges::sort(predictions, {}, &ScoredPrediction::id);
  const auto groups = GroupsOf(predictions);
  std::vector<size_t> all(predictions.size());
  std::iota(all.begin(), all.end(), size_t{0});
  const Rows rows(predictions);
  const Values values = MeasureSample(rows.Take(all));
  std::vector<Values> draws(kBootstraps);
  ParallelFor(draws.size(), [&](size_t round) {
    Stream stream(seed, "eval/score-bootstrap", round);
    std::vector<size_t> drawn;
    for (size_t i = 0; i < groups.size(); ++i) {
      const std::vector<size_t>& group = groups[stream.Below(groups.size())];
      drawn.insert(drawn.end(), group.begin(), group.end());
    }
    draws[round] = MeasureSample(rows.Take(drawn));
  });
  Measures out;
  out.n = static_cast<int64_t>(predictions.size());
  out.groups = static_cast<int64_t>(groups.size());
  for (const auto& [name, value] : values) {
    std::vector<double> own;
    for (const Values& draw : draws) own.push_back(draw.at(name));
    out.by_name[name] = PercentileMeasure(value, std::move(own), WhyUndefined(name, predictions));
  }
  return out;
}

}  // namespace kallos::measures
