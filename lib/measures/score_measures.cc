#include "lib/measures/score_measures.h"

#include <algorithm>
#include <numeric>

#include "lib/core/error.h"
#include "lib/core/rng.h"
#include "lib/measures/groups.h"
#include "lib/measures/measure_table.h"
#include "lib/measures/paired.h"
#include "lib/parallel/parallel.h"

namespace kallos::measures {
namespace {

std::string WhyUndefined(Needs needs, const std::vector<ScoredPrediction>& rows) {
  const auto constant = [&](double ScoredPrediction::*field) {
    return std::ranges::all_of(
        rows, [&](const ScoredPrediction& row) { return row.*field == rows[0].*field; });
  };
  if (needs == Needs::kDistributions) return "the predictions are no distributions of ratings";
  if (rows.size() == 1) return "there is one row only";
  if (constant(&ScoredPrediction::prediction)) return "all predictions are equal";
  if (constant(&ScoredPrediction::score)) return "all scores are equal";
  if (needs == Needs::kOpinionSds &&
      std::ranges::any_of(rows, [](const ScoredPrediction& row) { return !row.sd; }))
    return "there is no sd of the opinions of each row";
  if (rows.size() < 5) return "a logistic curve needs 5 rows or more";
  return "the logistic fit did not converge";
}

// All rows, and what is measured on each by itself.
class Rows {
 public:
  explicit Rows(const std::vector<ScoredPrediction>& rows) : rows_(rows) {
    for (const ScoredPrediction& row : rows) {
      emd_1_.push_back(EarthMoversDistance(row.ratings, row.predicted, 1));
      emd_2_.push_back(EarthMoversDistance(row.ratings, row.predicted, 2));
    }
  }

  // With the curve fitted on it.
  ScoreSample Take(const std::vector<size_t>& indices) const {
    ScoreSample sample;
    for (const size_t i : indices) {
      sample.scores.push_back(rows_[i].score);
      sample.predictions.push_back(rows_[i].prediction);
      if (rows_[i].sd) sample.sds.push_back(*rows_[i].sd);
      sample.emd_1.push_back(emd_1_[i]);
      sample.emd_2.push_back(emd_2_[i]);
    }
    if (sample.sds.size() != indices.size()) sample.sds.clear();
    FitSample(sample);
    return sample;
  }

 private:
  const std::vector<ScoredPrediction>& rows_;
  std::vector<double> emd_1_, emd_2_;
};

}  // namespace

Measures MeasureScores(std::vector<ScoredPrediction> predictions, uint64_t seed) {
  KALLOS_CHECK(!predictions.empty());
  std::ranges::sort(predictions, {}, &ScoredPrediction::id);
  const auto groups = GroupsOf(predictions);
  const Rows rows(predictions);
  const std::vector<MeasureInfo> infos = ScoreMeasures();
  std::vector<BootstrapReplicates> found(infos.size(), {0, std::vector<double>(kBootstrapSamples)});
  std::vector<size_t> all(predictions.size());
  std::iota(all.begin(), all.end(), size_t{0});
  const ScoreSample whole = rows.Take(all);
  for (size_t k = 0; k < infos.size(); ++k) found[k].estimate = infos[k].of_scores(whole);
  ParallelFor(kBootstrapSamples, [&](size_t round) {
    Stream stream(seed, "eval/score-bootstrap", round);
    std::vector<size_t> drawn;
    for (size_t i = 0; i < groups.size(); ++i) {
      const std::vector<size_t>& group = groups[stream.Below(groups.size())];
      drawn.insert(drawn.end(), group.begin(), group.end());
    }
    const ScoreSample sample = rows.Take(drawn);
    for (size_t k = 0; k < infos.size(); ++k) found[k].values[round] = infos[k].of_scores(sample);
  });
  Measures out;
  out.n = predictions.size();
  out.groups = groups.size();
  for (size_t k = 0; k < infos.size(); ++k) {
    out.by_name[infos[k].key] = PercentileMeasure(found[k].estimate, std::move(found[k].values),
                                                  WhyUndefined(infos[k].needs, predictions));
  }
  return out;
}

}  // namespace kallos::measures
