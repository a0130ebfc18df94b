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

// Draws groups with replacement within their kind.
class GroupSampler {
 public:
  explicit GroupSampler(const std::vector<Prediction>& rows) : rows_(rows.size()) {
    for (const std::vector<size_t>& group : GroupsOf(rows)) {
      std::array<bool, 2> has{};
      for (const size_t row : group) has[static_cast<size_t>(rows[row].label)] = true;
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
      : predictions_(predictions), steps_(StepsOf(predictions)) {
    for (const Prediction& p : predictions) step_of_.push_back(FindStep(steps_, p.probability));
  }

  Steps Sample(const Counts& counts) const {
    Steps sample = steps_;
    for (Step& step : sample) step.bad = step.good = 0;
    for (size_t row = 0; row < counts.size(); ++row) {
      Step& step = sample[step_of_[row]];
      (predictions_[row].label == 1 ? step.good : step.bad) += counts[row];
    }
    return sample;
  }

 private:
  const std::vector<Prediction>& predictions_;
  Steps steps_;
  std::vector<size_t> step_of_;
};

// The mean over a method's repetitions.
std::vector<double> Means(const std::vector<Predictor>& repetitions,
                          const std::vector<Statistic>& statistics, const Counts& counts) {
  std::vector<double> means(statistics.size());
  for (const Predictor& predictor : repetitions) {
    const Steps sample = predictor.Sample(counts);
    for (size_t k = 0; k < statistics.size(); ++k)
      means[k] += statistics[k](sample) / static_cast<double>(repetitions.size());
  }
  return means;
}

}  // namespace

std::vector<std::vector<Draws>> PairedBootstrap(const std::vector<Repetitions>& methods,
                                                const std::vector<Statistic>& statistics,
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
  std::vector<std::vector<Draws>> out(
      methods.size(), std::vector<Draws>(statistics.size(), {0, std::vector<double>(kBootstraps)}));
  ParallelFor(kBootstraps, [&](size_t round) {
    const Counts counts = sampler.Draw(Stream(seed, "eval/paired-bootstrap", round));
    for (size_t m = 0; m < methods.size(); ++m) {
      const std::vector<double> means = Means(predictors[m], statistics, counts);
      for (size_t k = 0; k < means.size(); ++k) out[m][k].by_round[round] = means[k];
    }
  });
  for (size_t m = 0; m < methods.size(); ++m) {
    const std::vector<double> means = Means(predictors[m], statistics, Counts(rows.size(), 1));
    for (size_t k = 0; k < means.size(); ++k) out[m][k].value = means[k];
  }
  return out;
}

Draws Minus(const Draws& a, const Draws& b) {
  Draws difference{a.value - b.value, a.by_round};
  for (size_t i = 0; i < b.by_round.size(); ++i) difference.by_round[i] -= b.by_round[i];
  return difference;
}

Interval PercentileInterval(Draws draws) {
  std::vector<double>& sorted = draws.by_round;
  std::ranges::sort(sorted);
  const size_t cut = sorted.size() / 40;
  return {std::min(draws.value, sorted[cut]),
          std::max(draws.value, sorted[sorted.size() - 1 - cut])};
}

}  // namespace kallos::measures
