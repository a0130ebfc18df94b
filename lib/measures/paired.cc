#include "lib/measures/paired.h"

#include <algorithm>
#include <array>

#include "lib/core/error.h"
#include "lib/core/rng.h"
#include "lib/parallel/parallel.h"

namespace kallos::measures {
namespace {

// How often each row is in a sample.
using Counts = std::vector<int64_t>;

// Draws groups with replacement, as many as there are, from those with good rows only, with bad
// rows only and with both, so that no replicate lacks a class.
class GroupSampler {
 public:
  explicit GroupSampler(const std::vector<Prediction>& rows) : rows_(rows.size()) {
    for (const std::vector<size_t>& group : GroupsOf(rows)) {
      std::array<bool, 2> has{};
      for (const size_t row : group) has[rows[row].label] = true;
      kinds_[(has[0] ? 1 : 0) + (has[1] ? 2 : 0)].push_back(group);
    }
  }

  Counts Draw(Stream stream) const {
    Counts counts(rows_);
    for (const Groups& groups : kinds_) {
      for (size_t i = 0; i < groups.size(); ++i) {
        for (const size_t row : groups[stream.Below(groups.size())]) ++counts[row];
      }
    }
    return counts;
  }

 private:
  size_t rows_;
  std::array<Groups, 4> kinds_{};
};

// One repetition of one method, ready to be weighed.
class Predictor {
 public:
  explicit Predictor(const std::vector<Prediction>& predictions)
      : predictions_(predictions), thresholds_(ThresholdsOf(predictions)) {
    for (const Prediction& p : predictions)
      threshold_of_.push_back(FindThreshold(thresholds_, p.probability));
  }

  RocThresholds Sample(const Counts& counts) const {
    RocThresholds sample = thresholds_;
    for (Threshold& threshold : sample) threshold.bad = threshold.good = 0;
    for (size_t row = 0; row < counts.size(); ++row) {
      Threshold& threshold = sample[threshold_of_[row]];
      (predictions_[row].label == 1 ? threshold.good : threshold.bad) += counts[row];
    }
    return sample;
  }

 private:
  const std::vector<Prediction>& predictions_;
  RocThresholds thresholds_;
  std::vector<size_t> threshold_of_;
};

// The mean over a method's repetitions.
std::vector<double> Means(const std::vector<Predictor>& repetitions,
                          const std::vector<ClassStatistic>& statistics, const Counts& counts) {
  std::vector<double> means(statistics.size());
  for (const Predictor& predictor : repetitions) {
    const RocThresholds sample = predictor.Sample(counts);
    for (size_t k = 0; k < statistics.size(); ++k)
      means[k] += statistics[k](sample) / repetitions.size();
  }
  return means;
}

}  // namespace

std::vector<std::vector<BootstrapReplicates>> PairedBootstrap(
    const std::vector<Repetitions>& methods, const std::vector<ClassStatistic>& statistics,
    uint64_t seed) {
  const std::vector<Prediction>& rows = methods.at(0).at(0);
  std::vector<std::vector<Predictor>> predictors(methods.size());
  for (size_t m = 0; m < methods.size(); ++m) {
    for (const std::vector<Prediction>& repetition : methods[m]) {
      CheckSameRows(rows, repetition);
      predictors[m].emplace_back(repetition);
    }
  }
  const GroupSampler sampler(rows);
  std::vector<std::vector<BootstrapReplicates>> out(
      methods.size(), std::vector<BootstrapReplicates>(
                          statistics.size(), {0, std::vector<double>(kBootstrapSamples)}));
  ParallelFor(kBootstrapSamples, [&](size_t round) {
    const Counts counts = sampler.Draw(Stream(seed, "eval/paired-bootstrap", round));
    for (size_t m = 0; m < methods.size(); ++m) {
      const std::vector<double> means = Means(predictors[m], statistics, counts);
      for (size_t k = 0; k < means.size(); ++k) out[m][k].values[round] = means[k];
    }
  });
  for (size_t m = 0; m < methods.size(); ++m) {
    const std::vector<double> means = Means(predictors[m], statistics, Counts(rows.size(), 1));
    for (size_t k = 0; k < means.size(); ++k) out[m][k].estimate = means[k];
  }
  return out;
}

BootstrapReplicates Minus(const BootstrapReplicates& a, const BootstrapReplicates& b) {
  BootstrapReplicates difference{a.estimate - b.estimate, a.values};
  for (size_t i = 0; i < b.values.size(); ++i) difference.values[i] -= b.values[i];
  return difference;
}

Interval PercentileInterval(BootstrapReplicates replicates) {
  const auto [low, high] = Percentiles(std::move(replicates.values));
  return {std::min(replicates.estimate, low), std::max(replicates.estimate, high)};
}

}  // namespace kallos::measures
