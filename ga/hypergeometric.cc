#include "ga/hypergeometric.h"

#include <algorithm>
#include <boost/math/distributions/hypergeometric.hpp>

namespace kallos::ga {
namespace {

boost::math::hypergeometric_distribution<double> BoostOf(const Hypergeometric& h) {
  return {static_cast<unsigned>(h.marked), static_cast<unsigned>(h.drawn),
          static_cast<unsigned>(h.total)};
}

}  // namespace

// Not Boost's mean, whose product of whole numbers overflows from 2^32 on.
double Hypergeometric::Mean() const {
  return 1.0 * drawn * marked / total;
}

// drawn * p (1 - p) * (total - drawn) / (total - 1), where p = marked / total.
double Hypergeometric::Variance() const {
  if (total < 2) return 0;
  const double n = total;
  return Mean() * (1 - marked / n) * (total - drawn) / (n - 1);
}

int64_t Hypergeometric::Least() const {
  return std::max<int64_t>(0, marked + drawn - total);
}
int64_t Hypergeometric::Most() const {
  return std::min(marked, drawn);
}

// C(marked, count) C(total - marked, drawn - count) / C(total, drawn), C(n, k)
// being binomial coefficients.
double Hypergeometric::Probability(int64_t count) const {
  if (count < Least() || count > Most()) return 0;
  return pdf(BoostOf(*this), count);
}

// min(1, 2 min(P(X <= count), P(X >= count))).
double Hypergeometric::PValue(int64_t count) const {
  const auto distribution = BoostOf(*this);
  const unsigned k = count;
  const double below = cdf(distribution, k);
  const double above = count > Least() ? cdf(boost::math::complement(distribution, k - 1)) : 1.0;
  return std::min(1.0, 2 * std::min(below, above));
}

}  // namespace kallos::ga
