// The curve that maps predictions to scores before their linear correlation is taken.
#pragma once

#include <optional>
#include <span>

namespace kallos::measures {

// b2 + (b1 - b2) / (1 + exp(-(x - b3) / |b4|)), the 4-parameter logistic of the Video
// Quality Experts Group (final report of the FR-TV test, phase II, 2003, section 3.2.1;
// as commonly used since).
struct Logistic {
  double b1 = 0, b2 = 0, b3 = 0, b4 = 1;
  double operator()(double x) const;
};

// Least squares by Levenberg and Marquardt (MINPACK's, through Eigen) on standardised x, from b1
// and b2 at the largest and smallest y (the other way round where y falls with x), b3 and b4 at the
// mean and a quarter of the sd of x. Where the best curve is a limit of such curves (a straight
// line, an exponential), one that further steps do not better. Nothing where it does not converge,
// where x or y is constant, and for fewer than 5 points. Equal lengths.
std::optional<Logistic> FitLogistic(std::span<const double> x, std::span<const double> y);

}  // namespace kallos::measures
