#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "ga/baselines.h"
#include "ga/columns.h"
#include "lib/core/error.h"
#include "lib/core/stop.h"

namespace kallos::ga {
namespace {

constexpr double kFall = 0.9;  // of the penalty from step to step
constexpr double kSmallest = 1e-4;
constexpr double kTolerance = 1e-3;
constexpr int kMostRounds = 200;
constexpr double kBound = 4;  // inverse of the largest second derivative of the log loss

// Sums in kLanes lanes, which the compiler turns into vector instructions.
double Dot(const std::vector<float>& a, const std::vector<double>& b) {
  constexpr size_t kLanes = 8;
  std::array<double, kLanes> sums{};
  size_t i = 0;
  for (; i + kLanes <= a.size(); i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) sums[lane] += double{a[i + lane]} * b[i + lane];
  }
  double sum = 0;
  for (; i < a.size(); ++i) sum += double{a[i]} * b[i];
  for (const double lane : sums) sum += lane;
  return sum;
}

// The soft threshold S(value, by) = sign(value) max(|value| - by, 0): the w at which
// (w - value)^2 / 2 + by |w| is smallest (Donoho and Johnstone, Biometrika 1994).
double SoftThreshold(double value, double by) {
  return value > by ? value - by : value < -by ? value + by : 0;
}

// The regression at one penalty after another, each from the solution before.
class Lasso {
 public:
  explicit Lasso(const TrainingRows& training)
      : training_(training),
        n_(training.rows.size()),
        mean_(training.features.columns),
        scale_(training.features.columns),
        margin_(training.rows.size()),
        residual_(training.rows.size()) {
    path_.weights.resize(training.features.columns);
    path_.gradient.resize(training.features.columns);
    ForEachColumn(training, [&](size_t j, std::span<const float> column) {
      mean_[j] = MeanOf(column);
      const double variance = VarianceOf(column);
      scale_[j] = variance > 1e-12 ? 1 / std::sqrt(variance) : 0;  // a constant column stays out
    });
    double good = 0;
    for (const size_t row : training.rows) good += training.labels[row];
    Shift(std::log(good / (n_ - good)));
    UpdateGradient();
  }

  L1Path Follow(int64_t count) {
    const double largest = *std::ranges::max_element(path_.gradient);
    const size_t most = count;
    for (double penalty = largest * kFall;
         path_.order.size() < most && penalty > largest * kSmallest; penalty *= kFall) {
      Solve(penalty);
      NoteEntries(penalty);
    }
    return std::move(path_);
  }

 private:
  void Solve(double penalty) {
    path_.penalty = penalty;
    AddCandidates(penalty);
    do {
      Descend(penalty);
      UpdateGradient();
    } while (AddCandidates(penalty * (1 + kTolerance)));
  }

  void Descend(double penalty) {
    for (int round = 0; round < kMostRounds; ++round) {
      ThrowIfStopRequested();
      if (Round(penalty) <= kBound * kTolerance * penalty) return;
    }
  }

  // Minimises over the intercept, then over each candidate's weight in turn, the bound
  //   loss(w + d) <= loss(w) - d slope + d^2 / (2 kBound) + penalty |w + d|,
  //   slope = 1/n sum over rows i of column[i] residual[i],
  // since the second derivative of the log loss, P (1 - P), is at most 1/4 = 1 / kBound (Boehning
  // 1992) and a standardised column has 1/n sum column[i]^2 = 1. The minimum is at
  //   w + d = S(w + kBound slope, kBound penalty)
  // (Friedman, Hastie and Tibshirani 2010). A step moves the slope of the bound by -d / kBound for
  // its own column, so within a round residual_ is that of the bound, and after it that of the
  // model. Returns the largest |d|.
  double Round(double penalty) {
    double sum = 0;
    for (const double r : residual_) sum += r;
    double longest = std::abs(kBound * sum / n_);
    Shift(kBound * sum / n_);
    for (const auto& [j, column] : candidates_) {
      double& weight = path_.weights[j];
      const double slope = Dot(column, residual_) / n_;
      if (weight == 0 && std::abs(slope) <= penalty * (1 + 1e-9))
        continue;  // a copy of a column that has entered
      const double step = SoftThreshold(weight + kBound * slope, kBound * penalty) - weight;
      if (step == 0) continue;
      weight += step;
      longest = std::max(longest, std::abs(step));
      for (size_t i = 0; i < column.size(); ++i) {
        const double change = step * double{column[i]};
        margin_[i] += change;
        residual_[i] -= change / kBound;
      }
    }
    UpdateResidual();
    return longest;
  }

  void Shift(double step) {
    path_.intercept += step;
    for (double& margin : margin_) margin += step;
    UpdateResidual();
  }

  // residual[i] = label[i] - P(good), P(good) = 1 / (1 + exp(-margin[i])).
  void UpdateResidual() {
    for (size_t i = 0; i < residual_.size(); ++i)
      residual_[i] = training_.labels[training_.rows[i]] - 1 / (1 + std::exp(-margin_[i]));
  }

  // gradient[j] = |1/n sum over rows i of (x[i][j] - mean[j]) scale[j] residual[i]|.
  void UpdateGradient() {
    double sum = 0;
    for (const double r : residual_) sum += r;
    ForEachColumn(training_, [&](size_t j, std::span<const float> column) {
      double product = 0;
      for (size_t i = 0; i < column.size(); ++i) product += double{column[i]} * residual_[i];
      path_.gradient[j] = std::abs(scale_[j] * (product - mean_[j] * sum) / n_);
    });
  }

  // Whether there are new ones among the columns with a gradient above the bound.
  bool AddCandidates(double bound) {
    const size_t known = candidates_.size();
    for (size_t j = 0; j < path_.gradient.size(); ++j) {
      if (path_.gradient[j] > bound && scale_[j] > 0 && !candidates_.contains(j))
        candidates_[j] = Standardized(j);
    }
    return candidates_.size() > known;
  }

  std::vector<float> Standardized(size_t j) const {
    std::vector<float> column;
    for (const size_t row : training_.rows)
      column.push_back(static_cast<float>((training_.features(row, j) - mean_[j]) * scale_[j]));
    return column;
  }

  void NoteEntries(double penalty) {
    std::vector<int32_t> entered;
    for (const auto& [j, column] : candidates_) {
      if (path_.weights[j] != 0 && has_entered_.insert(j).second) entered.push_back(j);
    }
    std::ranges::stable_sort(entered, std::greater<>(),
                             [&](int32_t j) { return std::abs(path_.weights[j]); });
    path_.order.insert(path_.order.end(), entered.begin(), entered.end());
    path_.penalties.resize(path_.order.size(), penalty);
  }

  const TrainingRows& training_;
  double n_;
  std::vector<double> mean_, scale_;
  std::vector<double> margin_;                       // by training row: log odds of good
  std::vector<double> residual_;                     // label - P(good)
  std::map<size_t, std::vector<float>> candidates_;  // standardised columns
  std::set<size_t> has_entered_;
  L1Path path_;
};

}  // namespace

L1Path FollowL1Path(const TrainingRows& training, int64_t count) {
  return Lasso(training).Follow(count);
}

}  // namespace kallos::ga
