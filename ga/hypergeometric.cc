#include "ga/hypergeometric.h"

#include <algorithm>
#include <cmath>

namespace kallos::ga {
namespace {

double LogChoose(int64_t n, int64_t k) {
  const auto lg = [](int64_t x) { return std::lgamma(static_cast<double>(x) + 1); };
  return lg(n) - lg(k) - lg(n - k);
}

}  // namespace

double Hypergeometric::Mean() const {
  return static_cast<double>(drawn) * static_cast<double>(marked) / static_cast<double>(total);
}

double Hypergeometric::Variance() const {
  if (total < 2) return 0;
  const auto n = static_cast<double>(total);
  return Mean() * (1 - static_cast<double>(marked) / n) * static_cast<double>(total - drawn) /
         (n - 1);
}

int64_t Hypergeometric::Least() const {
  return std::max<int64_t>(0, marked + drawn - total);
}
int64_t Hypergeometric::Most() const {
  return std::min(marked, drawn);
}

double Hypergeometric::Probability(int64_t count) const {
  if (count < Least() || count > Most()) return 0;
  return std::exp(LogChoose(marked, count) + LogChoose(total - marked, drawn - count) -
                  LogChoose(total, drawn));
}

double Hypergeometric::PValue(int64_t count) const {
  // Each tail starts at `count`; the next probability follows from the one before.
  const double here = Probability(count);
  double above = here;
  double below = here;
  double p = here;
  for (int64_t k = count; k < Most(); ++k) {
    p *= static_cast<double>(marked - k) / static_cast<double>(k + 1) *
         static_cast<double>(drawn - k) / static_cast<double>(total - marked - drawn + k + 1);
    above += p;
  }
  p = here;
  for (int64_t k = count; k > Least(); --k) {
    p *= static_cast<double>(k) / static_cast<double>(marked - k + 1) *
         static_cast<double>(total - marked - drawn + k) / static_cast<double>(drawn - k + 1);
    below += p;
  }
  return std::min(1.0, 2 * std::min(above, below));
}

}  // namespace kallos::ga
