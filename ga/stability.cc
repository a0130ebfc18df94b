#include "ga/stability.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <vector>

#include "ga/hypergeometric.h"
#include "lib/core/error.h"

namespace kallos::ga {
namespace {

constexpr double kZ = 1.959963984540054;  // 97.5 % point of the standard normal

double Size(const Genome& selection) {
  return static_cast<double>(selection.size());
}

double Shared(const Genome& a, const Genome& b) {
  Genome both;
  std::ranges::set_intersection(a, b, std::back_inserter(both));
  return Size(both);
}

// A mean over pairs. Of random selections, the pairs' shared columns are independent of each other
// (pairwise), so that variances add up.
class PairMean {
 public:
  void Add(double found, double random_mean, double random_variance) {
    sum_.found += found;
    sum_.random_mean += random_mean;
    variance_ += random_variance;
    ++pairs_;
  }
  Agreement Get() const {
    return {sum_.found / pairs_, sum_.random_mean / pairs_,
            std::sqrt(std::max(0.0, variance_)) / pairs_};
  }

 private:
  Agreement sum_;
  double variance_ = 0;
  double pairs_ = 0;
};

void AddJaccard(PairMean& mean, double shared, double sizes, const Hypergeometric& random) {
  const auto jaccard = [&](double both) { return both / (sizes - both); };
  double first = 0;
  double second = 0;
  for (int64_t k = random.Least(); k <= random.Most(); ++k) {
    const double value = jaccard(static_cast<double>(k));
    const double p = random.Probability(k);
    first += p * value;
    second += p * value * value;
  }
  mean.Add(jaccard(shared), first, second - first * first);
}

// The measure that is slope * (mean of shared columns) + shift.
Agreement Linear(const Agreement& shared, double slope, double shift) {
  return {slope * shared.found + shift, slope * shared.random_mean + shift,
          slope * shared.random_sd};
}

std::optional<Agreement> Kuncheva(std::span<const Genome> selections, double columns,
                                  const Agreement& shared) {
  const double size = Size(selections[0]);
  const bool equal =
      std::ranges::all_of(selections, [&](const Genome& s) { return Size(s) == size; });
  if (!equal || size == columns) return std::nullopt;
  const double scale = size * (columns - size);
  return Linear(shared, columns / scale, -size * size / scale);
}

// By the frequencies of the columns, as in the paper.
void AddNogueira(std::span<const Genome> selections, double columns, Stability& stability) {
  const auto runs = static_cast<double>(selections.size());
  std::vector<double> frequency(static_cast<size_t>(columns));
  double size = 0;
  for (const Genome& selection : selections) {
    size += Size(selection) / runs;
    for (const int32_t column : selection) frequency[static_cast<size_t>(column)] += 1 / runs;
  }
  const double share = size / columns;
  const double most = share * (1 - share);
  if (most <= 0) return;
  double variance = 0;
  for (const double f : frequency) variance += runs / (runs - 1) * f * (1 - f) / columns;
  // The mean variance of the columns is (size - shared) / columns.
  Agreement agreement = Linear(stability.shared, 1 / (columns * most), 1 - size / (columns * most));
  agreement.found = 1 - variance / most;
  stability.nogueira = agreement;
  if (selections.size() < 3) return;
  std::vector<double> parts;
  for (const Genome& selection : selections) {
    const double own = Size(selection) / columns;
    double sum = 0;
    for (const int32_t column : selection) sum += frequency[static_cast<size_t>(column)] / columns;
    parts.push_back(
        (sum - own * share + agreement.found / 2 * (2 * own * share - own - share + 1)) / most);
  }
  double mean = 0;
  for (const double part : parts) mean += part / runs;
  double squares = 0;
  for (const double part : parts) squares += (part - mean) * (part - mean);
  const double half = kZ * 2 / runs * std::sqrt(squares);
  stability.interval = {agreement.found - half, agreement.found + half};
}

}  // namespace

Stability StabilityOf(std::span<const Genome> selections, int64_t columns) {
  KALLOS_CHECK(selections.size() >= 2);
  PairMean shared, jaccard;
  for (size_t i = 0; i < selections.size(); ++i) {
    for (size_t j = i + 1; j < selections.size(); ++j) {
      const double both = Shared(selections[i], selections[j]);
      const Hypergeometric random{columns, static_cast<int64_t>(selections[i].size()),
                                  static_cast<int64_t>(selections[j].size())};
      shared.Add(both, random.Mean(), random.Variance());
      AddJaccard(jaccard, both, Size(selections[i]) + Size(selections[j]), random);
    }
  }
  Stability stability{shared.Get(), jaccard.Get(), {}, {}, {}};
  stability.kuncheva = Kuncheva(selections, static_cast<double>(columns), stability.shared);
  AddNogueira(selections, static_cast<double>(columns), stability);
  return stability;
}

}  // namespace kallos::ga
