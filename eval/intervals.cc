#include "eval/intervals.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "eval/placements.h"
#include "lib/core/error.h"
#include "lib/core/rng.h"
#include "lib/parallel/parallel.h"

namespace kallos::eval {
namespace {

constexpr double kZ = kNormal95;

// How many independent trials the groups are worth.
double EffectiveTrials(const std::vector<Trials>& groups, double proportion, double n) {
  const auto used =
      static_cast<double>(std::count_if(groups.begin(), groups.end(), [](const Trials& group) { return group.n > 0; }));
  if (used == n) return n;
  const double independent = n / (n - 1) * n * proportion * (1 - proportion);
  if (used == 1 || independent == 0) return used;
  double square = 0;
  for (const Trials& group : groups) {
    const double residual = static_cast<double>(group.successes) - proportion * static_cast<double>(group.n);
    square += residual * residual;
  }
  const double design_effect = used / (used - 1) * square / independent;
  return n / std::max(1.0, design_effect);
}

// Draws groups with replacement and counts their rows per step.
class Sampler {
 public:
  Sampler(const std::vector<Prediction>& predictions, const Steps& steps, const Groups& groups) : steps_(steps) {
    for (const std::vector<size_t>& rows : groups) {
      std::array<bool, 2> has{};
      std::vector<std::pair<size_t, int>> cells;
      for (const size_t row : rows) {
        has[static_cast<size_t>(predictions[row].label)] = true;
        cells.emplace_back(FindStep(steps, predictions[row].probability), predictions[row].label);
      }
      kinds_[(has[0] ? 1 : 0) + (has[1] ? 2 : 0)].push_back(std::move(cells));
    }
    for (Step& step : steps_) step.bad = step.good = 0;
  }

  Steps Draw(Stream stream) const {
    Steps sample = steps_;
    for (const auto& groups : kinds_) {
      for (size_t i = 0; i < groups.size(); ++i) {
        for (const auto& [step, label] : groups[stream.Below(groups.size())])
          ++(label == 1 ? sample[step].good : sample[step].bad);
      }
    }
    return sample;
  }

 private:
  Steps steps_;                                                              // all empty
  std::array<std::vector<std::vector<std::pair<size_t, int>>>, 4> kinds_{};  // step and label of each row of a group
};

}  // namespace

Interval WilsonInterval(double proportion, double n) {
  KALLOS_CHECK(n > 0 && proportion >= 0 && proportion <= 1);
  const double centre = proportion + kZ * kZ / (2 * n);
  const double half = kZ * std::sqrt(proportion * (1 - proportion) / n + kZ * kZ / (4 * n * n));
  const double scale = 1 + kZ * kZ / n;
  return {std::clamp((centre - half) / scale, 0.0, proportion), std::clamp((centre + half) / scale, proportion, 1.0)};
}

Groups GroupsOf(const std::vector<Prediction>& predictions) {
  Groups groups;
  std::map<std::string, size_t> index;
  for (size_t row = 0; row < predictions.size(); ++row) {
    const std::string& name = predictions[row].group;
    const size_t group = name.empty() ? groups.size() : index.emplace(name, groups.size()).first->second;
    if (group == groups.size()) groups.emplace_back();
    groups[group].push_back(row);
  }
  return groups;
}

bool AreIndependent(const Groups& groups) {
  return std::all_of(groups.begin(), groups.end(), [](const std::vector<size_t>& rows) { return rows.size() == 1; });
}

Interval ProportionInterval(const std::vector<Trials>& groups) {
  Trials total;
  for (const Trials& group : groups) total.successes += group.successes, total.n += group.n;
  KALLOS_CHECK(total.n > 0);
  const auto n = static_cast<double>(total.n);
  const double proportion = static_cast<double>(total.successes) / n;
  return WilsonInterval(proportion, EffectiveTrials(groups, proportion, n));
}

AucInterval RocAucInterval(const std::vector<Prediction>& predictions, const Steps& steps, const Groups& groups) {
  const double auc = RocAuc(steps);
  const Placements placements = PlacementsOf(predictions, steps, groups);
  const double good_groups = placements.GroupsWith(1), bad_groups = placements.GroupsWith(0);
  const double variance = AucVariance(placements);
  constexpr double kRounding = 1e-20;
  if (variance > kRounding && good_groups > 1 && bad_groups > 1) {
    const double half = kZ * std::sqrt(variance);
    return {{std::max(0.0, auc - half), std::min(1.0, auc + half)}, ""};
  }
  const double pairs =
      std::max(1.0, std::min({good_groups, bad_groups, std::floor(static_cast<double>(groups.size()) / 2)}));
  return {WilsonInterval(auc, pairs),
          fmt::format("DeLong's variance is 0 or undefined here; Wilson's interval for {} disjoint pairs", pairs)};
}

std::vector<std::vector<double>> Bootstrap(const std::vector<Prediction>& predictions, const Steps& steps,
                                           const Groups& groups, const std::vector<Statistic>& statistics,
                                           uint64_t seed) {
  const Sampler sampler(predictions, steps, groups);
  std::vector<std::vector<double>> values(statistics.size(), std::vector<double>(kBootstraps));
  ParallelFor(kBootstraps, [&](size_t round) {
    const Steps sample = sampler.Draw(Stream(seed, "eval/bootstrap", round));
    for (size_t k = 0; k < statistics.size(); ++k) values[k][round] = statistics[k](sample);
  });
  for (std::vector<double>& draws : values) std::sort(draws.begin(), draws.end());
  return values;
}

}  // namespace kallos::eval
