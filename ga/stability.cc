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
  return selection.size();
}

double Shared(const Genome& a, const Genome& b) {
  Genome both;
  std::ranges::set_intersection(a, b, std::back_inserter(both));
  return Size(both);
}

// A mean over pairs of selections. For random selections the numbers of columns that pairs share
// are pairwise independent, so Var(sum) = sum of Var.
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

// Jaccard's index |a and b| / |a or b| = shared / (sizes - shared), sizes = |a| + |b| (Jaccard, New
// Phytologist 1912). Of random selections E = sum over k of P(k) k / (sizes - k), and
// Var = E[index^2] - E^2, P hypergeometric.
void AddJaccard(PairMean& mean, double shared, double sizes, const Hypergeometric& random) {
  const auto jaccard = [&](double both) { return both / (sizes - both); };
  double first = 0;
  double second = 0;
  for (int64_t k = random.Least(); k <= random.Most(); ++k) {
    const double value = jaccard(k);
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

// Kuncheva's consistency (AIA 2007) (r D - L^2) / (L (D - L)), of r = shared columns: linear in r.
std::optional<Agreement> Kuncheva(std::span<const Genome> selections, double columns,
                                  const Agreement& shared) {
  const double size = Size(selections[0]);
  const bool equal =
      std::ranges::all_of(selections, [&](const Genome& s) { return Size(s) == size; });
  if (!equal || size == columns) return std::nullopt;
  const double scale = size * (columns - size);
  return Linear(shared, columns / scale, -size * size / scale);
}

// Nogueira, Sechidis and Brown (JMLR 18(174), 2018). With M runs, D columns, f[c] the share of runs
// that select column c, k[i] the size of selection i and k the mean size:
//   stability = 1 - (1/D sum over c of M / (M - 1) f[c] (1 - f[c])) / (k/D (1 - k/D))
//   part[i]   = (1/D sum over c in selection i of f[c] - k[i] k / D^2
//                + stability/2 (2 k[i] k / D^2 - k[i]/D - k/D + 1)) / (k/D (1 - k/D))
//   interval  = stability +- kZ sqrt(4 / M^2 sum over i of (part[i] - mean part)^2)
void AddNogueira(std::span<const Genome> selections, double columns, Stability& stability) {
  const double runs = selections.size();
  std::vector<double> frequency(static_cast<size_t>(columns));
  double size = 0;
  for (const Genome& selection : selections) {
    size += Size(selection) / runs;
    for (const int32_t column : selection) frequency[column] += 1 / runs;
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
    for (const int32_t column : selection) sum += frequency[column] / columns;
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
      const Hypergeometric random{columns, std::ssize(selections[i]), std::ssize(selections[j])};
      shared.Add(both, random.Mean(), random.Variance());
      AddJaccard(jaccard, both, Size(selections[i]) + Size(selections[j]), random);
    }
  }
  Stability stability{shared.Get(), jaccard.Get(), {}, {}, {}};
  stability.kuncheva = Kuncheva(selections, columns, stability.shared);
  AddNogueira(selections, columns, stability);
  return stability;
}

}  // namespace kallos::ga
